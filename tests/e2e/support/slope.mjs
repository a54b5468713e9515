// How fast something grows, whatever a few readings say: the median of the slopes between all pairs of points [x, y] (Theil and Sen). One reading
// in four may be anything.
export function slopeOf(points) {
  const slopes = points.flatMap(([x, y], index) => points.slice(index + 1).map(([later, value]) => (value - y) / (later - x)));
  slopes.sort((left, right) => left - right);
  const middle = slopes.length / 2;
  return slopes.length === 0 ? 0 : (slopes[Math.floor(middle - 0.5)] + slopes[Math.floor(middle)]) / 2;
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf, cut, placeOf, walk, type TreeNode } from "../src/console/tree_diff";

function leaf(id: string, more: Partial<TreeNode> = {}): TreeNode {
  return { id, supervisor: false, phase: "running", restarts: 0, last_error: null, actor: 1, ...more };
}

function over(id: string, children: TreeNode[], more: Partial<TreeNode> = {}): TreeNode {
  return { ...leaf(id), supervisor: true, answered: true, children_total: children.length, children, ...more };
}

const words = (before: TreeNode, after: TreeNode) => changesOf(before, after).map(({ path, what, text }) => `${path.join("/")} ${what}: ${text}`);

test("a restart is seen by its count, with the error, and by a new actor", () => {
  const before = over("root", [leaf("a"), leaf("b")]);
  assert.deepEqual(words(before, over("root", [leaf("a", { restarts: 1, actor: 9, last_error: "boom" }), leaf("b")])), [
    "root/a restarted: restarted: boom",
  ]);
  assert.deepEqual(words(before, over("root", [leaf("a", { actor: 9 }), leaf("b", { restarts: 3 })])), [
    "root/a restarted: restarted",
    "root/b restarted: restarted 3 times",
  ]);
});

test("a phase that changes is told as such", () => {
  const before = over("root", [leaf("a")]);
  const { actor: _, ...waiting } = leaf("a", { phase: "waiting" });
  assert.deepEqual(words(before, over("root", [waiting])), ["root/a phase: running → waiting"]);
  assert.deepEqual(words(before, before), []);
});

test("children come and go, in lists that are whole", () => {
  const before = over("root", [over("rooms", [leaf("x"), leaf("y")])]);
  const after = over("root", [over("rooms", [leaf("y"), leaf("z")])]);
  assert.deepEqual(words(before, after), ["root/rooms/z came: started", "root/rooms/x went: ended"]);
});

test("in a list that was cut, or did not answer, nobody is taken for new or gone", () => {
  const before = over("root", [over("rooms", [leaf("x"), leaf("y")], { children_total: 7 })]);
  const after = over("root", [over("rooms", [leaf("y"), leaf("z")], { children_total: 7 })]);
  assert.deepEqual(words(before, after), []);
  assert.equal(cut(before.children?.[0] as TreeNode), 5);
  const silent = over("root", [over("rooms", [], { answered: false, children_total: 0 })]);
  assert.deepEqual(words(over("root", [over("rooms", [leaf("x")])]), silent), []);
});

test("equal ids in other places are others, and a place is told from any other", () => {
  const tree = over("root", [over("a", [leaf("b")]), leaf("a/b")]);
  const places: string[] = [];
  walk(tree, (_, path) => places.push(placeOf(path)));
  assert.equal(new Set(places).size, 4);
});

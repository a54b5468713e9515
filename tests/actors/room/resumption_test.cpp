// How a slow subscription comes back to the live edge: in pieces that an outbox may hold, whatever they are made of.
#include "actors/room/resumption.hpp"

#include "schemas/protocol/dialect.hpp"
#include "schemas/protocol/view.hpp"
#include "tests/actors/room/stage.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;
using namespace tidewire::test;

namespace {

constexpr int entities = 1'000;

// Tiny documents under long keys, which the wire makes longer still.
std::string key_of(int n) { return std::string(100, '"') + std::to_string(n); }

resume_request member_after(std::uint64_t after) {
  auto who = std::make_shared<subscriber>();
  who->session = 7;
  return {who, protocol::plain_view(protocol::subscription_type::map), 1, after, std::make_shared<answer_box<subscribe_step>>()};
}

}  // namespace

TEST_CASE("what was conflated comes in pieces of about backlog_bytes_max, from the tail as from the stream") {
  limits limit;
  limit.backlog_bytes_max = 20'000;
  limit.tail_publications_max = GENERATE(std::size_t{1}, std::size_t{10'000});
  stage at(limit);
  at.open();
  for (int first = 0; first < entities; first += 100) {
    std::vector<operation> batch;
    for (int n = first; n < first + 100; ++n) batch.push_back(set(key_of(n), "1"));
    at.done(std::move(batch));
  }
  const auto top = at.stored_top();
  std::size_t told = 0;
  std::size_t pieces = 0;
  for (std::uint64_t after = 0; after < top; ++pieces) {
    at.room->handle(member_after(after));
    at.settle();
    REQUIRE(at.port.resumed.size() == pieces + 1);
    const auto& piece = at.port.resumed.back();
    REQUIRE(piece.up_to > after);
    CHECK(piece.whole == (piece.up_to == top));
    std::string message;
    publication_ptr none;
    protocol::encode_run(protocol::dialect::json, *piece.member.through, {"room"}, piece.changes, none, protocol::uncut, message);
    CHECK(message.size() <= limit.backlog_bytes_max + 1'000);
    CHECK(piece.changes.front().told->offset == after + 1);
    told += piece.changes.size();
    after = piece.up_to;
  }
  CHECK(told == entities);
  CHECK(pieces > 10);
}

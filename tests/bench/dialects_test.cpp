#include "bench/load/dialects/dialects.hpp"

#include "tests/bench/receiver.hpp"
#include "tests/support/catch.hpp"

namespace tidewire::load {
namespace {

std::string published(const dialect& speech, session& by, std::string_view payload) {
  std::string out;
  speech.append_publish(out, by, {3, payload});
  return out;
}

TEST_CASE("Centrifuge: connect, subscribe, publish") {
  const auto speech = make_centrifuge();
  test::spoken subscriber(role::subscriber, 3);
  speech->begin(subscriber);
  CHECK(subscriber.sent == std::vector<std::string>{"{\"id\":1,\"connect\":{}}\n{\"id\":2,\"subscribe\":{\"channel\":\"bench:3\"}}"});
  speech->hear(subscriber, "{\"id\":1,\"connect\":{\"client\":\"x\",\"ping\":25}}\n", false);
  CHECK_FALSE(subscriber.ready);
  speech->hear(subscriber, R"({"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":12}})", false);
  CHECK(subscriber.ready);
  CHECK(subscriber.found.epoch == "e");
  CHECK(subscriber.found.offset == 12);

  test::spoken publisher(role::publisher);
  speech->begin(publisher);
  CHECK(published(*speech, publisher, "{}") == R"({"id":3,"publish":{"channel":"bench:3","data":{}}})");
  CHECK(published(*speech, publisher, "{}") == R"({"id":4,"publish":{"channel":"bench:3","data":{}}})");
  speech->hear(publisher, "{\"id\":4,\"publish\":{}}\n{\"id\":3,\"publish\":{}}", false);
  CHECK(publisher.acknowledged == 2);
  speech->hear(publisher, R"({"id":5,"error":{"code":111,"message":"too many requests"}})", false);
  CHECK(publisher.trouble == R"({"id":5,"error":{"code":111,"message":"too many requests"}})");
}

TEST_CASE("Centrifuge: coming back asks for what was missed, and it is trouble not to get it") {
  const auto speech = make_centrifuge();
  test::spoken who(role::subscriber);
  const position from{"e", 12};
  who.resume_from = &from;
  speech->begin(who);
  CHECK(who.sent[0].find(R"("recover":true,"offset":12,"epoch":"e"}})") != std::string::npos);
  speech->hear(who, R"({"id":2,"subscribe":{"was_recovering":true,"epoch":"f","offset":1}})", false);
  CHECK_FALSE(who.trouble.empty());
}

TEST_CASE("Centrifuge: who watches the state asks for it, and is given it") {
  const auto speech = make_centrifuge();
  test::spoken who(role::subscriber, 3);
  who.watches_state = true;
  speech->begin(who);
  CHECK(who.sent[0].find(R"("channel":"bench:3","type":1,"phase":2,"limit":1000}})") != std::string::npos);
  const std::string_view reply = R"({"id":2,"subscribe":{"type":1,"epoch":"e","state":[{"data":{},"offset":1,"key":"a"}],"offset":12}})";
  speech->hear(who, reply, false);
  CHECK(who.ready);
  CHECK(who.recovered == reply);
}

TEST_CASE("RESP: subscribe and publish") {
  const auto speech = make_resp();
  test::spoken who(role::subscriber, 3);
  speech->begin(who);
  CHECK(who.sent == std::vector<std::string>{"*2\r\n$9\r\nSUBSCRIBE\r\n$7\r\nbench:3\r\n"});

  test::spoken publisher(role::publisher);
  CHECK(published(*speech, publisher, "{}") == "*3\r\n$7\r\nPUBLISH\r\n$7\r\nbench:3\r\n$2\r\n{}\r\n");
  CHECK(speech->hear(publisher, "+PONG\r\n:7\r\n:8\r\n:9", false) == 15);
  CHECK(publisher.ready);
  CHECK(publisher.acknowledged == 2);
  speech->hear(publisher, "-ERR no\r\n", false);
  CHECK(publisher.trouble == "-ERR no");
}

TEST_CASE("NATS: subscribe and publish") {
  const auto speech = make_nats();
  test::spoken who(role::subscriber, 3);
  speech->begin(who);
  CHECK(who.sent == std::vector<std::string>{"CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB bench.3 1\r\nPING\r\n"});
  CHECK(published(*speech, who, "{}") == "PUB bench.3 2\r\n{}\r\n");
  speech->hear(who, "-ERR 'Authorization Violation'\r\n", false);
  CHECK(who.trouble == "-ERR 'Authorization Violation'");
}

TEST_CASE("MQTT: connect, subscribe and publish") {
  const auto speech = make_mqtt(200);
  test::spoken who(role::subscriber, 3);
  speech->begin(who);
  CHECK(who.sent[0] == std::string("\x10\x0C\0\4MQTT\4\2\0\0\0\0\x82\x0C\0\1\0\7bench/3\0", 28));
  const auto packet = published(*speech, who, std::string(200, 'x'));
  CHECK(packet.substr(0, 12) == std::string("\x30\xD1\1\0\7bench/3", 12));
  CHECK(packet.size() == 212);
  speech->hear(who, std::string("\x20\2\0\5", 4), false);
  CHECK(who.trouble == "the server refuses the connection with code 5");
}

TEST_CASE("Socket.IO: the server opens, then a room is joined") {
  const auto speech = make_socketio();
  test::spoken who(role::subscriber, 3);
  speech->begin(who);
  for (const auto* said : {R"(0{"sid":"a"})", R"(40{"sid":"b"})", "2", "430[]"}) speech->hear(who, said, false);
  CHECK(who.sent == std::vector<std::string>{"40", R"(420["join","bench:3"])", "3"});
  CHECK(who.ready);
  CHECK(published(*speech, who, "{}") == R"(42["publish","bench:3",{}])");
}

TEST_CASE("bare WebSocket: the path says who listens and who sends") {
  const auto speech = make_plain();
  CHECK(speech->path(test::spoken(role::subscriber, 3)) == "/room/bench:3");
  CHECK(speech->path(test::spoken(role::publisher, 3)) == "/publish/bench:3");
  CHECK(speech->publishes_at_home());
}

TEST_CASE("every kind of peer that is named has a dialect, others have none") {
  for (const auto* kind : {"tidewire", "centrifugo", "nats", "mosquitto", "redis", "ws", "socketio"}) CHECK(make_dialect(kind, 200));
  CHECK_FALSE(make_dialect("kafka", 200));
}

}  // namespace
}  // namespace tidewire::load

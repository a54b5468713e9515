// The duties of an HTTP/1.1 server (RFC 9110, RFC 9112), over real sockets.
#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/transport/raw_client.hpp"
#include "tests/transport/test_server.hpp"

namespace tidewire::test {
namespace {

transport::server_settings small_limits() {
  transport::server_settings settings;
  settings.limit.http_header_bytes_max = 1'024;
  settings.limit.http_body_bytes_max = 1'000;
  return settings;
}

struct http_world : test_server {
  explicit http_world(transport::server_settings settings = small_limits()) : test_server(std::move(settings)) {
    app.http = answer_with_request;
  }

  http_answer ask(std::string_view bytes, bool to_head = false) {
    raw_client client(port());
    client.send(bytes);
    return read_answer(client, to_head);
  }
};

}  // namespace

TEST_CASE("A request is answered with Date, type and length, and the connection is kept") {
  http_world world;
  raw_client client(world.port());
  for (int i = 0; i < 3; ++i) {
    client.send("GET /a%20b?c=d HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto answer = read_answer(client);
    CHECK(answer.status == 200);
    CHECK(answer.body == "GET /a%20b?c=d ");
    CHECK(answer.find("content-type") == "text/plain");
    CHECK(answer.find("connection") == "keep-alive");
    CHECK(answer.find("date").size() == std::string_view("Sun, 06 Nov 1994 08:49:37 GMT").size());
  }
  CHECK(world.server.connections() == 1);
}

TEST_CASE("Every answer has the name of its request, also one that HTTP itself refuses") {
  http_world world;
  CHECK(world.ask("GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: abc-1\r\n\r\n").find("x-request-id") == "abc-1");
  CHECK(world.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\nX-Request-Id: abc-2\r\n\r\n").find("x-request-id") == "abc-2");
  CHECK(world.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").find("x-request-id").size() == 16);
  CHECK(world.ask("nonsense\r\n\r\n").find("x-request-id").size() == 16);
  raw_client client(world.port());
  for (const std::string id : {"one", "two"}) {
    client.send("GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: " + id + "\r\n\r\n");
    CHECK(read_answer(client).find("x-request-id") == id);
  }
}

TEST_CASE("Pipelined requests are answered in order, whatever the segments") {
  http_world world;
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";
    requests += "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n";
  }
  for (const std::size_t piece : {0U, 1'000U, 7U}) {
    raw_client client(world.port());
    client.send(requests, piece);
    for (int i = 0; i < 200; ++i) {
      CHECK(read_answer(client).body == "POST /" + std::to_string(i) + " body");
      CHECK(read_answer(client).status == 204);
    }
  }
}

TEST_CASE("The next request of a connection waits for the answer to the one before") {
  test_server world;
  seen<transport::http_responder_ptr> responders;
  world.app.http = [&](transport::http_request, transport::http_responder_ptr responder) { responders.add(std::move(responder)); };
  raw_client client(world.port());
  client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto first = responders.wait(1);
  world.settle();
  CHECK(responders.size() == 1);
  first[0]->answer({.status = 200, .content_type = "text/plain", .headers = {}, .body = "one"});
  CHECK(read_answer(client).body == "one");
  responders.wait(2)[1]->answer({.status = 200, .content_type = "text/plain", .headers = {}, .body = "two"});
  CHECK(read_answer(client).body == "two");
}

TEST_CASE("Chunked bodies are put together, their extensions and trailers dropped") {
  http_world world;
  const std::string request =
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;name=value\r\nHello\r\n1\r\n,\r\n6\r\n world\r\n0\r\nHost: smuggled\r\n\r\n";
  for (const std::size_t piece : {0U, 1U, 5U}) {
    raw_client client(world.port());
    client.send(request + request, piece);
    CHECK(read_answer(client).body == "POST /c Hello, world");
    CHECK(read_answer(client).body == "POST /c Hello, world");
  }
}

TEST_CASE("An empty chunked body may arrive byte by byte") {
  http_world world;
  for (const std::size_t piece : {0U, 1U, 4U}) {
    raw_client client(world.port());
    client.send("POST /empty HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", piece);
    CHECK(read_answer(client).body == "POST /empty ");
  }
}

TEST_CASE("Expect: 100-continue is answered before the body is sent, and not for a body that is refused") {
  http_world world;
  raw_client client(world.port());
  client.send("PUT /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  CHECK(read_answer(client).status == 100);
  client.send("body");
  CHECK(read_answer(client).body == "PUT /e body");
  CHECK(world.ask("PUT /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n").status == 413);
  CHECK(world.ask("PUT /e HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nContent-Length: 4\r\n\r\n").status == 417);
}

TEST_CASE("HEAD is answered like GET, without the body") {
  http_world world;
  raw_client client(world.port());
  client.send("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\nGET /h HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto head = read_answer(client, true);
  CHECK(head.status == 200);
  CHECK(head.find("content-length") == "7");
  CHECK(read_answer(client).body == "GET /h ");
}

TEST_CASE("An answer without a body has none") {
  test_server world;
  world.app.http = [](const transport::http_request&, const transport::http_responder_ptr& responder) {
    responder->answer({.status = 304, .content_type = {}, .headers = {{"etag", "\"e:1\""}}, .body = {}});
  };
  raw_client client(world.port());
  for (int i = 0; i < 2; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto answer = read_answer(client);
    CHECK(answer.status == 304);
    CHECK(answer.find("etag") == "\"e:1\"");
    CHECK(answer.find("content-length").empty());
  }
}

TEST_CASE("Every form of a request target") {
  http_world world;
  CHECK(world.ask("GET http://example.com:8000/p?q HTTP/1.1\r\nHost: other\r\n\r\n").body == "GET /p?q ");
  CHECK(world.ask("GET http://example.com HTTP/1.1\r\nHost: x\r\n\r\n").body == "GET / ");
  CHECK(world.ask("GET http://example.com?q HTTP/1.1\r\nHost: x\r\n\r\n").body == "GET /?q ");
  const auto options = world.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(options.status == 204);
  CHECK(options.find("allow").find("PATCH") != std::string::npos);
  CHECK(world.ask("GET * HTTP/1.1\r\nHost: x\r\n\r\n").status == 400);
  CHECK(world.ask("GET ftp://example.com/ HTTP/1.1\r\nHost: x\r\n\r\n").status == 400);
  CHECK(world.ask("GET relative HTTP/1.1\r\nHost: x\r\n\r\n").status == 400);
  CHECK(world.ask("GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n").status == 400);
  CHECK(world.ask("CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n").status == 501);
}

TEST_CASE("The authority of an absolute target stands for the Host header") {
  test_server world;
  world.app.http = [](const transport::http_request& request, const transport::http_responder_ptr& responder) {
    responder->answer({.status = 200, .content_type = "text/plain", .headers = {}, .body = std::string(request.find("host"))});
  };
  raw_client client(world.port());
  client.send("GET http://example.com:8000/ HTTP/1.1\r\nHost: other\r\n\r\n");
  CHECK(read_answer(client).body == "example.com:8000");
}

TEST_CASE("Requests that break the rules are refused with a problem, and the connection ends") {
  struct broken {
    const char* why;
    std::string request;
    int status;
  };
  const std::string host = "Host: x\r\n";
  const std::string post = "POST / HTTP/1.1\r\n" + host;
  const std::vector<broken> table{
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},
      {"malformed Host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"both lengths", post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"both lengths, the other way round", post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400},
      {"two lengths", post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody", 400},
      {"the same length twice", post + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody", 400},
      {"a list of lengths", post + "Content-Length: 4, 4\r\n\r\nbody", 400},
      {"negative length", post + "Content-Length: -4\r\n\r\nbody", 400},
      {"signed length", post + "Content-Length: +4\r\n\r\nbody", 400},
      {"length that overflows", post + "Content-Length: 18446744073709551620\r\n\r\nbody", 400},
      {"unknown encoding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"chunked not last", post + "Transfer-Encoding: chunked, identity\r\n\r\n", 501},
      {"chunked twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"bad chunk size", post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
      {"trailer that is no field", post + "Transfer-Encoding: chunked\r\n\r\n0\r\n#\r\x01\r\n\r\n", 400},
      {"endless chunk extension", post + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'x'), 431},
      {"bad chunk end", post + "Transfer-Encoding: chunked\r\n\r\n1\r\nabcd\r\n", 400},
      {"folded header", "GET / HTTP/1.1\r\n" + host + "X: a\r\n b\r\n\r\n", 400},
      {"folded before the first header", "GET / HTTP/1.1\r\n " + host + "\r\n", 400},
      {"space before the colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
      {"header without colon", "GET / HTTP/1.1\r\n" + host + "nonsense\r\n\r\n", 400},
      {"bare line feeds", "GET / HTTP/1.1\nHost: x\n\n", 400},
      {"a bare line feed", "GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n", 400},
      {"a bare carriage return", "GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n", 400},
      {"NUL in a header", "GET / HTTP/1.1\r\n" + host + std::string("X: a\0b\r\n\r\n", 10), 400},
      {"no version", "GET /\r\n" + host + "\r\n", 400},
      {"half a version", "GET / H\r\n\r\n", 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
      {"head too large", "GET / HTTP/1.1\r\n" + host + "X: " + std::string(1'024, 'x') + "\r\n\r\n", 431},
      {"endless head", "GET / HTTP/1.1\r\n" + host + "X: " + std::string(100'000, 'x'), 431},
      {"endless request line", "GET /" + std::string(100'000, 'x'), 431},
      {"body too large", post + "Content-Length: 1001\r\n\r\n", 413},
      {"chunks too large", post + "Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + std::string(1'000, 'x') + "\r\n1\r\nx\r\n0\r\n\r\n", 413},
      {"endless trailers", post + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(100'000, 'x'), 431},
  };
  http_world world;
  for (const auto& each : table) {
    for (const std::size_t piece : {0U, 3U}) {
      if (piece > 0 && each.request.size() > 5'000) continue;
      INFO(each.why << ", in pieces of " << piece);
      raw_client client(world.port());
      client.send(each.request, piece);
      const auto answer = read_answer(client);
      CHECK(answer.status == each.status);
      CHECK(answer.find("content-type") == "application/problem+json");
      CHECK(answer.find("connection") == "close");
      CHECK(answer.body.find("\"status\":" + std::to_string(each.status)) != std::string::npos);
      CHECK(client.at_end());
    }
  }
}

TEST_CASE("Limits are inclusive") {
  http_world world;
  CHECK(world.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + std::string(1'000, 'x')).status == 200);
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
  CHECK(world.ask(head + std::string(1'024 - head.size() - 4, 'x') + "\r\n\r\n").status == 200);
  CHECK(world.ask(head + std::string(1'024 - head.size() - 3, 'x') + "\r\n\r\n").status == 431);
}

TEST_CASE("A connection ends when either side wants it to") {
  http_world world;
  SECTION("the client says so") {
    raw_client client(world.port());
    client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(read_answer(client).find("connection") == "close");
    CHECK(client.at_end());
  }
  SECTION("HTTP/1.0 does not stay by default, but on demand") {
    raw_client client(world.port());
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(read_answer(client).find("connection") == "keep-alive");
    client.send("GET / HTTP/1.0\r\n\r\n");
    CHECK(read_answer(client).find("connection") == "close");
    CHECK(client.at_end());
  }
  SECTION("the client sends no more, but reads the answer") {
    raw_client client(world.port());
    client.send("GET /half HTTP/1.1\r\nHost: x\r\n\r\n");
    client.end_sending();
    CHECK(read_answer(client).body == "GET /half ");
    CHECK(client.at_end());
  }
  SECTION("the server shuts down: an idle connection ends, a request is answered first") {
    raw_client idle(world.port());
    idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    read_answer(idle);
    seen<transport::http_responder_ptr> responders;
    world.app.http = [&](transport::http_request, transport::http_responder_ptr responder) { responders.add(std::move(responder)); };
    raw_client busy(world.port());
    busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto held = responders.wait(1);
    world.server.close_all(close_code::shutdown);
    CHECK(idle.at_end());
    answer_with_request({.method = "GET", .target = "/", .headers = {}, .body = {}, .peer = {}}, held[0]);
    const auto answer = read_answer(busy);
    CHECK(answer.status == 200);
    CHECK(answer.find("connection") == "close");
    CHECK(busy.at_end());
  }
}

TEST_CASE("A request that stops in the middle gets 408; an idle connection just ends") {
  auto settings = small_limits();
  settings.limit.http_idle_timeout_s = 1;
  http_world world(settings);
  raw_client idle(world.port());
  raw_client half(world.port());
  half.send("GET / HTTP/1.1\r\nHo");
  CHECK(read_answer(half).status == 408);
  CHECK(half.at_end());
  CHECK(idle.at_end());
}

TEST_CASE("A responder that is dropped answers 503, one that is used twice answers once") {
  test_server world;
  raw_client client(world.port());
  world.app.http = [](const transport::http_request&, const transport::http_responder_ptr&) {};
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto dropped = read_answer(client);
  CHECK(dropped.status == 503);
  CHECK(dropped.find("content-type") == "application/problem+json");
  CHECK(dropped.find("retry-after") == "1");
  world.settle();

  world.app.http = [](const transport::http_request&, const transport::http_responder_ptr& responder) {
    responder->answer({.status = 200, .content_type = "text/plain", .headers = {}, .body = "first"});
    responder->answer({.status = 500, .content_type = "text/plain", .headers = {}, .body = "second"});
  };
  for (int i = 0; i < 2; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(read_answer(client).body == "first");
  }
}

TEST_CASE("An answer cannot smuggle a header") {
  test_server world;
  world.app.http = [](const transport::http_request&, const transport::http_responder_ptr& responder) {
    responder->answer({.status = 200, .content_type = "text/plain", .headers = {{"location", "/\r\nset-cookie: x"}}, .body = "body"});
  };
  raw_client client(world.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto answer = read_answer(client);
  CHECK(answer.status == 500);
  CHECK(answer.find("set-cookie").empty());
}

TEST_CASE("A large answer reaches a client that reads slowly, whole") {
  test_server world;
  const std::string body(8'000'000, 'b');
  world.app.http = [&](const transport::http_request&, const transport::http_responder_ptr& responder) {
    responder->answer({.status = 200, .content_type = "text/plain", .headers = {}, .body = body});
  };
  raw_client client(world.port(), "127.0.0.1", 4'096);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK((read_answer(client).body == body));
  CHECK((read_answer(client).body == body));
}

}  // namespace tidewire::test

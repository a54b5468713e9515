#include "schemas/digest.hpp"

#include "schemas/base64.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

TEST_CASE("SHA-256 of FIPS 180-4's example") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("HMAC-SHA-256 of RFC 4231's second case") {
  const auto code = hmac_sha256("Jefe", "what do ya want for nothing?");
  CHECK(code[0] == 0x5b);
  CHECK(code[1] == 0xdc);
  CHECK(code[31] == 0x43);
}

TEST_CASE("comparison in constant time") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abd"));
  CHECK_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST_CASE("base64 of RFC 4648 §10") {
  using pair = std::pair<std::string_view, std::string_view>;
  for (const auto& [plain, text] : {pair{"", ""}, pair{"f", "Zg=="}, pair{"fo", "Zm8="}, pair{"foo", "Zm9v"}, pair{"foob", "Zm9vYg=="},
                                    pair{"fooba", "Zm9vYmE="}, pair{"foobar", "Zm9vYmFy"}}) {
    CHECK(decode_base64(text) == plain);
    const auto unpadded = text.substr(0, text.find('='));
    CHECK(encode_base64url(plain) == unpadded);
    CHECK(decode_base64url(unpadded) == plain);
  }
  CHECK(encode_base64url("\xfb\xff\xfe") == "-__-");
  CHECK(decode_base64url("-__-") == "\xfb\xff\xfe");
  CHECK(decode_base64("+//+") == "\xfb\xff\xfe");
}

TEST_CASE("base64 is strict") {
  for (const auto* text : {"A", "Zg==", "Zm8=", "Zm9v\n", "Zm 9v", "+//+", "Zh", "Zm9", "AAAAA"}) {
    INFO(text);
    CHECK_FALSE(decode_base64url(text));
  }
  for (const auto* text : {"Zg", "Zg=", "Zh==", "Z===", "====", "-__-", "Zg==Zg=="}) {
    INFO(text);
    CHECK_FALSE(decode_base64(text));
  }
}

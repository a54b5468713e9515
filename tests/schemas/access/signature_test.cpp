#include "schemas/access/signature.hpp"

#include "schemas/access/key_ring.hpp"
#include "schemas/base64.hpp"
#include "schemas/token.hpp"
#include "tests/support/catch.hpp"

using namespace tidewire;

namespace {

// RFC 7515 A.2 and A.3, RFC 8037 A.2.
constexpr auto rsa_jwk =
    R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})";
constexpr auto elliptic_jwk =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr auto edwards_jwk = R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";

constexpr std::string_view claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
constexpr std::string_view rsa_signature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BA"
    "ynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phC"
    "nvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
constexpr std::string_view elliptic_signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
constexpr std::string_view edwards_signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

std::string header_of(std::string_view alg, std::string_view more = "") {
  return encode_base64url(R"({"alg":")" + std::string(alg) + '"' + std::string(more) + "}");
}

std::string jws(std::string_view alg, std::string_view payload, std::string_view signature) {
  return header_of(alg).append(".").append(payload).append(".").append(signature);
}

public_key key_of(std::string_view jwk) {
  auto key = public_key::from_jwk(jwk);
  REQUIRE(key);
  return *key;
}

errc why(std::string_view jwt, const key_ring& ring, std::string_view secret = {}) {
  const auto read = verify_connection_token(jwt, {secret, {}, {}, 0, &ring}, 1'300'819'379);
  return read ? errc::internal : read.error().code;  // internal: it is good
}

}  // namespace

TEST_CASE("the examples of RFC 7515 and RFC 8037") {
  key_ring ring;
  ring.replace({{"", key_of(rsa_jwk)}, {"", key_of(elliptic_jwk)}});
  CHECK(why(jws("RS256", claims, rsa_signature), ring) == errc::internal);
  CHECK(why(jws("ES256", claims, elliptic_signature), ring) == errc::internal);
  const auto text = std::string("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
  const auto key = key_of(edwards_jwk);
  CHECK(key.check(token_algorithm::eddsa, text, *decode_base64url(edwards_signature)));
  CHECK_FALSE(key.check(token_algorithm::eddsa, text + "x", *decode_base64url(edwards_signature)));
}

TEST_CASE("a changed byte of a signature or of its text breaks it") {
  key_ring ring;
  ring.replace({{"", key_of(rsa_jwk)}, {"", key_of(elliptic_jwk)}});
  for (const auto& [alg, signature] : {std::pair{"RS256", rsa_signature}, {"ES256", elliptic_signature}}) {
    auto bytes = *decode_base64url(signature);
    for (std::size_t i = 0; i < bytes.size(); i += 7) {
      bytes[i] = static_cast<char>(bytes[i] ^ 1);
      CHECK(why(jws(alg, claims, encode_base64url(bytes)), ring) == errc::unauthorized);
      bytes[i] = static_cast<char>(bytes[i] ^ 1);
    }
    CHECK(why(jws(alg, claims, encode_base64url(bytes.substr(1))), ring) == errc::unauthorized);
    CHECK(why(jws(alg, claims, encode_base64url(bytes + bytes)), ring) == errc::unauthorized);
    CHECK(why(jws(alg, claims, ""), ring) == errc::unauthorized);
    CHECK(why(jws(alg, encode_base64url(R"({"sub":"admin"})"), signature), ring) == errc::unauthorized);
  }
}

TEST_CASE("an elliptic signature of nothing but zeros is none (CVE-2022-21449)") {
  key_ring ring;
  ring.replace({{"", key_of(elliptic_jwk)}});
  CHECK(why(jws("ES256", claims, encode_base64url(std::string(64, '\0'))), ring) == errc::unauthorized);
}

TEST_CASE("a public key is never taken for a secret, nor one algorithm for another") {
  key_ring ring;
  ring.replace({{"", key_of(rsa_jwk)}, {"", key_of(elliptic_jwk)}, {"", key_of(edwards_jwk)}});
  for (const auto* alg : {"none", "None", "nOnE", "", "HS256", "HS512", "RS384", "RS512", "PS256", "ES384", "ES512", "EdDSA", "ES256K"}) {
    INFO(alg);
    CHECK(why(jws(alg, claims, rsa_signature), ring) == errc::unauthorized);
    CHECK(why(jws(alg, claims, elliptic_signature), ring) == errc::unauthorized);
    CHECK(why(jws(alg, claims, ""), ring) == errc::unauthorized);
  }
  CHECK(why(jws("RS256", claims, elliptic_signature), ring) == errc::unauthorized);
  CHECK(why(jws("ES256", claims, rsa_signature), ring) == errc::unauthorized);
  // With a secret there is still nothing that a public key's signature could pass for.
  CHECK(why(jws("HS256", claims, rsa_signature), ring, "a secret of thirty-two bytes, ok") == errc::unauthorized);
}

TEST_CASE("a key is for what it says it is for") {
  const auto with = [](std::string_view jwk, std::string_view more) {
    return public_key::from_jwk(std::string(jwk.substr(0, jwk.size() - 1)) + "," + std::string(more) + "}");
  };
  CHECK(with(rsa_jwk, R"("alg":"RS512")")->fits(token_algorithm::rs512));
  CHECK_FALSE(with(rsa_jwk, R"("alg":"RS512")")->fits(token_algorithm::rs256));
  CHECK(with(rsa_jwk, R"("use":"sig","key_ops":["verify"])")->fits(token_algorithm::rs384));
  CHECK_FALSE(with(rsa_jwk, R"("use":"enc")"));
  CHECK_FALSE(with(rsa_jwk, R"("key_ops":["encrypt"])"));
  CHECK_FALSE(with(rsa_jwk, R"("alg":"PS256")"));
  CHECK_FALSE(with(rsa_jwk, R"("alg":"ES256")"));
  CHECK_FALSE(with(rsa_jwk, R"("alg":"HS256")"));
  CHECK_FALSE(with(elliptic_jwk, R"("d":"AQAB")"));
  CHECK(key_of(elliptic_jwk).fits(token_algorithm::es256));
  CHECK_FALSE(key_of(elliptic_jwk).fits(token_algorithm::es384));
}

TEST_CASE("keys that are refused") {
  for (const auto* jwk :
       {"{}", R"({"kty":"oct","k":"c2VjcmV0"})", R"({"kty":"RSA","n":"AQAB","e":"AQAB"})", R"({"kty":"RSA","e":"AQAB"})", R"({"kty":1})",
        R"({"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"})", R"({"kty":"EC","crv":"secp256k1","x":"AQAB","y":"AQAB"})",
        R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4"})",
        R"({"kty":"OKP","crv":"Ed25519","x":"AQAB"})",
        R"({"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"}) {
    INFO(jwk);
    CHECK_FALSE(public_key::from_jwk(jwk));
  }
  CHECK_FALSE(public_key::from_pem(""));
  CHECK_FALSE(public_key::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"));
  CHECK(public_key::from_pem("-----BEGIN PRIVATE KEY-----\n").error().detail.find("private") != std::string::npos);
}

TEST_CASE("keys in PEM") {
  constexpr auto pem =
      "-----BEGIN PUBLIC KEY-----\n"
      "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
      "-----END PUBLIC KEY-----\n";
  const auto key = public_key::from_pem(pem);
  REQUIRE(key);
  CHECK(key->fits(token_algorithm::eddsa));
  CHECK(
      key->check(token_algorithm::eddsa, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc", *decode_base64url(edwards_signature)));
}

TEST_CASE("a set of keys: what is not for us is left out") {
  const auto set =
      read_jwks(R"({"keys":[{"kty":"oct","k":"AA","kid":"secret"},{"kty":"RSA","n":"AQ","e":"AQAB"},)" + std::string(edwards_jwk) + "]}");
  REQUIRE(set);
  REQUIRE(set->size() == 1);
  CHECK((*set)[0].key.fits(token_algorithm::eddsa));
  for (const auto* text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[1]})", R"({"keys":[{"kty":"oct","k":"AA"}]})"}) {
    INFO(text);
    CHECK_FALSE(read_jwks(text));
  }
  std::string many = R"({"keys":[)";
  for (std::size_t i = 0; i <= jwks_keys_max; ++i) many += (i == 0 ? "" : ",") + std::string(edwards_jwk);
  CHECK_FALSE(read_jwks(many + "]}"));
}

TEST_CASE("the key that a token names") {
  std::vector<std::string> looked_for;
  bool soon = false;
  key_ring ring([&](std::string_view id) {
    looked_for.emplace_back(id);
    return soon;
  });
  const auto unnamed = jws("ES256", claims, elliptic_signature);
  CHECK(why(unnamed, ring) == errc::unauthorized);
  CHECK(looked_for == std::vector<std::string>{""});
  soon = true;
  CHECK(why(unnamed, ring) == errc::unavailable);

  // The name is not signed by the example, but a key that bears another one is not even tried.
  const auto named = header_of("ES256", R"(,"kid":"b")").append(".").append(claims).append(".").append(elliptic_signature);
  ring.replace({{"a", key_of(elliptic_jwk)}});
  looked_for.clear();
  CHECK(why(unnamed, ring) == errc::internal);
  CHECK(looked_for.empty());
  CHECK(why(named, ring) == errc::unavailable);
  CHECK(looked_for == std::vector<std::string>{"b"});
  ring.replace({{"b", key_of(elliptic_jwk)}});
  CHECK(why(named, ring) == errc::unauthorized);  // known, and the signature is wrong: nothing to look for
  CHECK(looked_for.size() == 1);
}

#include "schemas/access/signature.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "schemas/base64.hpp"
#include "schemas/digest.hpp"
#include "schemas/json.hpp"

namespace tidewire {

namespace {

constexpr int rsa_bits_min = 2'048;
constexpr int rsa_bits_max = 8'192;  // a larger one is there to keep us busy

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free>>;
using bignum_ptr = std::unique_ptr<BIGNUM, freed_by<BN_free>>;
using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using ecdsa_ptr = std::unique_ptr<ECDSA_SIG, freed_by<ECDSA_SIG_free>>;
using digest_ptr = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;
using context_ptr = std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX_free>>;
using builder_ptr = std::unique_ptr<OSSL_PARAM_BLD, freed_by<OSSL_PARAM_BLD_free>>;
using params_ptr = std::unique_ptr<OSSL_PARAM, freed_by<OSSL_PARAM_free>>;

struct algorithm_row {
  token_algorithm algorithm;
  std::string_view name;
  const EVP_MD* (*digest)();
  std::size_t integer_bytes;  // of each half of an elliptic signature
};

const EVP_MD* no_digest() { return nullptr; }

constexpr std::array algorithm_rows{
    algorithm_row{token_algorithm::hs256, "HS256", EVP_sha256, 0},  algorithm_row{token_algorithm::hs384, "HS384", EVP_sha384, 0},
    algorithm_row{token_algorithm::hs512, "HS512", EVP_sha512, 0},  algorithm_row{token_algorithm::rs256, "RS256", EVP_sha256, 0},
    algorithm_row{token_algorithm::rs384, "RS384", EVP_sha384, 0},  algorithm_row{token_algorithm::rs512, "RS512", EVP_sha512, 0},
    algorithm_row{token_algorithm::es256, "ES256", EVP_sha256, 32}, algorithm_row{token_algorithm::es384, "ES384", EVP_sha384, 48},
    algorithm_row{token_algorithm::es512, "ES512", EVP_sha512, 66}, algorithm_row{token_algorithm::eddsa, "EdDSA", no_digest, 0},
};

const algorithm_row& row_of(token_algorithm algorithm) { return algorithm_rows[static_cast<std::size_t>(algorithm)]; }

template <class... Algorithms>
constexpr std::uint32_t bits(Algorithms... all) {
  return (0U | ... | (1U << static_cast<unsigned>(all)));
}

const unsigned char* octets(std::string_view text) noexcept { return reinterpret_cast<const unsigned char*>(text.data()); }

// The two halves side by side (RFC 7518 §3.4) as the structure that OpenSSL takes; empty: they are not of that length.
std::vector<unsigned char> der_of(std::string_view signature, std::size_t integer_bytes) {
  if (signature.size() != 2 * integer_bytes) return {};
  const auto half = static_cast<int>(integer_bytes);
  bignum_ptr r(BN_bin2bn(octets(signature), half, nullptr));
  bignum_ptr s(BN_bin2bn(octets(signature) + integer_bytes, half, nullptr));
  const ecdsa_ptr both(ECDSA_SIG_new());
  if (!r || !s || !both || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) return {};
  [[maybe_unused]] auto* theirs = r.release();
  theirs = s.release();
  const auto size = i2d_ECDSA_SIG(both.get(), nullptr);
  if (size <= 0) return {};
  std::vector<unsigned char> der(static_cast<std::size_t>(size));
  auto* end = der.data();
  i2d_ECDSA_SIG(both.get(), &end);
  return der;
}

// The members of a key that are read, as text; empty: absent.
struct jwk_members {
  std::string kty, crv, alg, use, n, e, x, y;
  bool is_private = false;
  bool verifies = true;
};

result<jwk_members> read_jwk(std::string_view object) {
  const auto members = json_members(object);
  if (!members) return tl::unexpected(members.error());
  jwk_members read;
  const std::pair<std::string_view, std::string*> texts[] = {{"kty", &read.kty}, {"crv", &read.crv}, {"alg", &read.alg}, {"use", &read.use},
                                                             {"n", &read.n},     {"e", &read.e},     {"x", &read.x},     {"y", &read.y}};
  for (const auto& [name, raw] : *members) {
    if (name == "d") read.is_private = true;
    if (name == "key_ops") {
      const auto all = json_elements(raw);
      read.verifies = all && std::ranges::any_of(*all, [](std::string_view each) { return json_string(each) == "verify"; });
    }
    for (const auto& [wanted, target] : texts) {
      if (wanted != name) continue;
      auto text = json_string(raw);
      if (!text) return fail(errc::bad_request, "\"" + name + "\" of a key is not a string");
      *target = std::move(*text);
    }
  }
  return read;
}

std::shared_ptr<EVP_PKEY> make_key(const char* type, OSSL_PARAM_BLD* builder) {
  const params_ptr params(OSSL_PARAM_BLD_to_param(builder));
  const context_ptr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  std::shared_ptr<EVP_PKEY> key(made, EVP_PKEY_free);
  const context_ptr checking(EVP_PKEY_CTX_new_from_pkey(nullptr, made, nullptr));
  return checking && EVP_PKEY_public_check(checking.get()) == 1 ? key : nullptr;  // a point that is on its curve
}

std::shared_ptr<EVP_PKEY> make_rsa(const jwk_members& read) {
  const auto n = decode_base64url(read.n);
  const auto e = decode_base64url(read.e);
  if (!n || !e || n->empty() || e->empty() || n->size() > rsa_bits_max / 8 || e->size() > 8) return nullptr;
  const bignum_ptr modulus(BN_bin2bn(octets(*n), static_cast<int>(n->size()), nullptr));
  const bignum_ptr exponent(BN_bin2bn(octets(*e), static_cast<int>(e->size()), nullptr));
  const builder_ptr builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
    return nullptr;
  return make_key("RSA", builder.get());
}

std::shared_ptr<EVP_PKEY> make_elliptic(const jwk_members& read, std::size_t integer_bytes) {
  const auto x = decode_base64url(read.x);
  const auto y = decode_base64url(read.y);
  if (!x || !y || x->size() != integer_bytes || y->size() != integer_bytes) return nullptr;
  const std::string point = '\x04' + *x + *y;  // uncompressed (SEC 1 §2.3.3)
  const builder_ptr builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, read.crv.c_str(), 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return nullptr;
  return make_key("EC", builder.get());
}

std::shared_ptr<EVP_PKEY> make_edwards(const jwk_members& read) {
  const auto x = decode_base64url(read.x);
  if (!x || x->size() != 32) return nullptr;
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(*x), x->size()), EVP_PKEY_free};
}

std::shared_ptr<EVP_PKEY> read_pem(std::string_view text) {
  const auto open = [&] { return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); };
  if (text.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos) {
    const x509_ptr certificate(PEM_read_bio_X509(open().get(), nullptr, nullptr, nullptr));
    return {certificate ? X509_get_pubkey(certificate.get()) : nullptr, EVP_PKEY_free};
  }
  return {PEM_read_bio_PUBKEY(open().get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
}

}  // namespace

std::optional<token_algorithm> token_algorithm_of(std::string_view name) noexcept {
  if (name == "Ed25519") return token_algorithm::eddsa;
  const auto* found = std::ranges::find(algorithm_rows, name, &algorithm_row::name);
  if (found == algorithm_rows.end()) return std::nullopt;
  return found->algorithm;
}

bool is_symmetric(token_algorithm algorithm) noexcept {
  return (bits(token_algorithm::hs256, token_algorithm::hs384, token_algorithm::hs512) & bits(algorithm)) != 0;
}

bool check_hmac(token_algorithm algorithm, std::string_view secret, std::string_view text, std::string_view code) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> made{};
  unsigned int size = 0;
  if (HMAC(row_of(algorithm).digest(), secret.data(), static_cast<int>(secret.size()), octets(text), text.size(), made.data(), &size) ==
      nullptr)
    return false;
  return equal_in_constant_time(code, {reinterpret_cast<const char*>(made.data()), size});
}

result<public_key> public_key::of(shared_key key) {
  public_key made;
  made.key_ = std::move(key);
  auto* raw = made.key_.get();
  if (EVP_PKEY_is_a(raw, "RSA") == 1) {
    if (EVP_PKEY_get_bits(raw) < rsa_bits_min || EVP_PKEY_get_bits(raw) > rsa_bits_max)
      return fail(errc::bad_request,
                  "an RSA key must have " + std::to_string(rsa_bits_min) + " to " + std::to_string(rsa_bits_max) + " bits");
    made.algorithms_ = bits(token_algorithm::rs256, token_algorithm::rs384, token_algorithm::rs512);
  } else if (EVP_PKEY_is_a(raw, "ED25519") == 1) {
    made.algorithms_ = bits(token_algorithm::eddsa);
  } else if (EVP_PKEY_is_a(raw, "EC") == 1) {
    char group[64] = {};
    EVP_PKEY_get_group_name(raw, group, sizeof group, nullptr);
    const std::string_view curve(group);
    if (curve == "prime256v1" || curve == "P-256") made.algorithms_ = bits(token_algorithm::es256);
    if (curve == "secp384r1" || curve == "P-384") made.algorithms_ = bits(token_algorithm::es384);
    if (curve == "secp521r1" || curve == "P-521") made.algorithms_ = bits(token_algorithm::es512);
  }
  if (made.algorithms_ == 0) return fail(errc::not_available, "keys are RSA, elliptic ones of P-256, P-384 or P-521, or Ed25519");
  return made;
}

result<public_key> public_key::from_pem(std::string_view text) {
  if (text.find("PRIVATE KEY-----") != std::string_view::npos)
    return fail(errc::bad_request, "is a private key: here belongs the public one (openssl pkey -in FILE -pubout)");
  auto key = text.size() < 65'536 ? read_pem(text) : nullptr;
  if (!key) return fail(errc::bad_request, "is not a public key or certificate in PEM");
  return of(std::move(key));
}

result<public_key> public_key::from_jwk(std::string_view object) {
  auto read = read_jwk(object);
  if (!read) return tl::unexpected(std::move(read.error()));
  if (read->is_private) return fail(errc::bad_request, "a key of the set is a private one");
  if ((!read->use.empty() && read->use != "sig") || !read->verifies) return fail(errc::not_available, "a key that is not for signatures");
  shared_key key;
  if (read->kty == "RSA") {
    key = make_rsa(*read);
  } else if (read->kty == "EC" && read->crv == "P-256") {
    key = make_elliptic(*read, 32);
  } else if (read->kty == "EC" && read->crv == "P-384") {
    key = make_elliptic(*read, 48);
  } else if (read->kty == "EC" && read->crv == "P-521") {
    key = make_elliptic(*read, 66);
  } else if (read->kty == "OKP" && read->crv == "Ed25519") {
    key = make_edwards(*read);
  } else {
    return fail(errc::not_available, "a key of a kind that is not spoken here");
  }
  if (!key) return fail(errc::bad_request, "a broken key of the kind " + read->kty);
  auto made = of(std::move(key));
  if (!made || read->alg.empty()) return made;
  const auto only = token_algorithm_of(read->alg);
  if (!only || !made->fits(*only)) return fail(errc::not_available, "a key for an algorithm that is not spoken here");
  made->algorithms_ = bits(*only);
  return made;
}

bool public_key::check(token_algorithm algorithm, std::string_view text, std::string_view signature) const {
  const auto& row = row_of(algorithm);
  std::vector<unsigned char> der;
  const auto* given = octets(signature);
  auto size = signature.size();
  if (row.integer_bytes > 0) {
    der = der_of(signature, row.integer_bytes);
    if (der.empty()) return false;
    given = der.data();
    size = der.size();
  }
  const digest_ptr context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, row.digest(), nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), given, size, octets(text), text.size()) == 1;
}

}  // namespace tidewire

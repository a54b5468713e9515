#include "schemas/api/cursor.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>
#include <stdexcept>

#include "schemas/base64.hpp"
#include "schemas/json.hpp"
#include "schemas/names.hpp"

namespace tidewire::api {

namespace {

constexpr int nonce_bytes = 12;
constexpr int tag_bytes = 16;

struct cipher_free {
  void operator()(EVP_CIPHER_CTX* made) const noexcept { EVP_CIPHER_CTX_free(made); }
};
using cipher_ptr = std::unique_ptr<EVP_CIPHER_CTX, cipher_free>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

tl::unexpected<failure> refuse() { return fail(errc::bad_request, "the cursor is not one that this listing gave"); }

}  // namespace

std::string encode_cursor(listing of, std::string_view position) {
  std::string plain(1, static_cast<char>(of));
  return encode_base64url(plain.append(position));
}

result<std::string> decode_cursor(listing of, std::string_view cursor) {
  auto plain = decode_base64url(cursor);
  if (!plain || plain->size() < 2 || plain->front() != static_cast<char>(of)) return refuse();
  plain->erase(0, 1);
  if (!valid_utf8(*plain)) return refuse();
  return std::move(*plain);
}

std::string seal_cursor(listing of, std::string_view position, const cursor_key& key) {
  const auto letter = static_cast<unsigned char>(of);
  std::string sealed(1 + nonce_bytes + position.size() + tag_bytes, '\0');
  auto* const bytes = reinterpret_cast<unsigned char*>(sealed.data());
  bytes[0] = letter;
  auto* const nonce = bytes + 1;
  auto* const text = nonce + nonce_bytes;
  int written = 0;
  const cipher_ptr cipher(EVP_CIPHER_CTX_new());
  const bool done = cipher && RAND_bytes(nonce, nonce_bytes) == 1 &&
                    EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce) == 1 &&
                    EVP_EncryptUpdate(cipher.get(), nullptr, &written, &letter, 1) == 1 &&
                    EVP_EncryptUpdate(cipher.get(), text, &written, bytes_of(position), static_cast<int>(position.size())) == 1 &&
                    EVP_EncryptFinal_ex(cipher.get(), text + position.size(), &written) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, text + position.size()) == 1;
  if (!done) throw std::runtime_error("a cursor could not be sealed");  // no memory, or no random bytes
  return encode_base64url(sealed);
}

result<std::string> open_cursor(listing of, std::string_view cursor, const cursor_key& key) {
  const auto sealed = decode_base64url(cursor);
  constexpr std::size_t around = 1 + nonce_bytes + tag_bytes;
  if (!sealed || sealed->size() <= around || sealed->front() != static_cast<char>(of)) return refuse();
  const auto* const bytes = bytes_of(*sealed);
  const auto* const text = bytes + 1 + nonce_bytes;
  std::string position(sealed->size() - around, '\0');
  std::string tag = sealed->substr(sealed->size() - tag_bytes);
  int written = 0;
  const cipher_ptr cipher(EVP_CIPHER_CTX_new());
  auto* const into = reinterpret_cast<unsigned char*>(position.data());
  const bool done = cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes + 1) == 1 &&
                    EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes, 1) == 1 &&
                    EVP_DecryptUpdate(cipher.get(), into, &written, text, static_cast<int>(position.size())) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) == 1 &&
                    EVP_DecryptFinal_ex(cipher.get(), into + position.size(), &written) == 1;
  if (!done || !valid_utf8(position)) return refuse();
  return position;
}

result<std::uint64_t> decode_offset_cursor(std::string_view cursor) {
  const auto position = decode_cursor(listing::history, cursor);
  if (!position) return tl::unexpected(position.error());
  const auto offset = json_unsigned(*position);
  if (!offset) return refuse();
  return *offset;
}

}  // namespace tidewire::api

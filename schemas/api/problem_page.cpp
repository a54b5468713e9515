#include "schemas/api/problem_page.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace tidewire::api {

namespace {

constexpr auto errors = static_cast<std::size_t>(errc::quarantined) + 1;

constexpr std::array<std::pair<errc, std::string_view>, errors> meanings{{
    {errc::internal,
     "The database could not be read, or the server is at fault. Nothing can be said of the outcome; try again with the same "
     "idempotency key."},
    {errc::unauthorized, "There is no token and no API key, or it proves nothing: it is malformed, unknown, or signed with another key."},
    {errc::unknown_room, "There is no such path, room or entity."},
    {errc::permission_denied,
     "The credentials are good, but they do not allow this. Rooms whose name begins with $ are changed by the "
     "server alone, and pages of other origins must be in allowed_origins."},
    {errc::method_not_found, "There is no method of that name."},
    {errc::already_subscribed, "The connection is subscribed to this room already."},
    {errc::limit_exceeded, "A limit of the configuration is exceeded; the detail says which. Send less at a time."},
    {errc::bad_request,
     "The request is malformed or contradicts itself. The detail says what is wrong; for a body it begins with a JSON "
     "pointer."},
    {errc::not_available, "This server, or the namespace of the room, does not offer that."},
    {errc::token_expired, "The token has expired. Come again with a new one."},
    {errc::expired, "The thing itself is over."},
    {errc::too_many_requests,
     "A rate limit is reached, or too much of the room is on its way. Wait as long as Retry-After says, then come "
     "again."},
    {errc::unrecoverable, "The position is not in the history that is kept. Begin again from a snapshot."},
    {errc::no_longer_kept, "What was at that moment cannot be told exactly from the history that is kept."},
    {errc::concurrent_pagination, "The connection reads the pages of this room already."},
    {errc::version_conflict,
     "A condition (If-Match, If-None-Match, if_version) does not hold. Nothing was changed: read the entity again, "
     "then decide anew."},
    {errc::conflict, "A constraint is broken, such as the bounds of an increment, or another one is under way. Nothing was changed."},
    {errc::idempotency_mismatch, "This idempotency key came with another payload before. Nothing was changed."},
    {errc::idempotency_in_flight, "The same request is being applied right now. Come again for its answer."},
    {errc::unprocessable, "The request is well formed, but cannot be applied to what is there. Nothing was changed."},
    {errc::unsupported_media, "The content type is not one that this path takes."},
    {errc::payload_too_large, "The body, or the document that it would make, is longer than the limit. Nothing was changed."},
    {errc::method_not_allowed, "The path does not take this method; the field Allow says which it takes."},
    {errc::storage_refused,
     "The write failed and its outcome is unknown. Send it again with the same idempotency key: it will apply once."},
    {errc::unavailable,
     "A part of the server is starting again, or the server itself starts or stops. The outcome of a change is unknown: "
     "send it again with the same idempotency key."},
    {errc::timeout, "There was no answer in time. The outcome of a change is unknown: send it again with the same idempotency key."},
    {errc::quarantined, "This change killed its actor twice and was set aside for an operator. Nothing was changed."},
}};

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < errors; ++i)
    if (static_cast<std::size_t>(meanings[i].first) != i) return false;
  return true;
}
static_assert(in_enum_order(), "every errc needs its meaning, in the order of the enum");

}  // namespace

std::string_view meaning_of(errc code) noexcept { return meanings[static_cast<std::size_t>(code)].second; }

std::optional<std::string> problem_page(std::string_view slug) {
  for (const auto& [code, meaning] : meanings) {
    const auto& row = describe(code);
    if (row.slug != slug) continue;
    std::string page(row.title.empty() ? row.message : row.title);
    page.append("\n\n").append(meaning).append("\n\n");
    page.append("Type:             /problems/").append(slug);
    page.append("\nHTTP status:      ").append(std::to_string(row.http_status));
    page.append("\nClient protocol:  error ").append(std::to_string(row.protocol_code)).append(", ").append(row.message);
    page.append("\nTry again later:  ").append(row.temporary ? "yes\n" : "no\n");
    return page;
  }
  return std::nullopt;
}

}  // namespace tidewire::api

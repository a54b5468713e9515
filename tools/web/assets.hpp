// The web pages as they were built, inside the binary. Empty when they were built without (TIDEWIRE_WEB=OFF). Constant data.
#pragma once

#include <span>
#include <string_view>

namespace tidewire::web {

struct asset {
  std::string_view path;          // from the root: "/index.html", "/assets/index-3f2a.js"
  std::string_view content_type;  // with charset where there is one
  std::string_view bytes;
  std::string_view etag;  // strong, with its quotes (RFC 9110 §8.8.3)
};

// In the order of their paths, each path once. Names under /assets/ and /console/ carry a hash of their contents and never change
// meaning: they may be cached for ever; the others must be revalidated by their etag. The public page begins with "/index.html", the
// operators' console with "/console.html"; what stands in /console/ is the console's alone.
std::span<const asset> web_assets() noexcept;

// What describes the interfaces (tools/documents), in the same form: "/api/v1/openapi.json", "/api/v1/asyncapi.json" and, of the
// operators' listener, "/admin/openapi.json".
std::span<const asset> document_assets() noexcept;

}  // namespace tidewire::web

// gzip as a content coding of HTTP responses (RFC 9110 §8.4, §12.5.3). Pure.
//
// A strong entity tag names bytes, so the compressed form of a response has a tag of its own: that of the plain form with "-gzip" at its
// end. Who asks with either is asking about the same state: on their way in the tags of compressed forms become those of the plain ones, so
// that the application knows but one, and If-Match holds for whoever read the compressed form.
#pragma once

#include "schemas/options.hpp"
#include "transport/application.hpp"

namespace tidewire::transport {

// What a request says of it.
struct coding_terms {
  bool reads = false;       // GET or HEAD: the response has forms that a cache could mix up
  bool takes_gzip = false;  // and rather that than plain
  bool holds_gzip = false;  // If-None-Match names the tag of a compressed form
};

// Also rewrites the tags in If-Match and If-None-Match.
coding_terms take_coding_terms(http_request& request);

// Compresses the body if the client takes that and it is worth it, and says in Vary on what it depends. Bodies that are coded already, or
// of a type that hardly gets smaller, stay as they are.
void encode_content(http_response& response, const coding_terms& terms, const compression_options& how);

}  // namespace tidewire::transport

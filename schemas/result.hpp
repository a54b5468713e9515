// What can fail is a value: result<T> is either a T or a failure with a code from the one table in errc.hpp.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "schemas/errc.hpp"

namespace tidewire {

// Why something was refused. `detail` is for the human who reads the answer: it names the cause and the remedy and never holds a secret.
struct failure {
  errc code = errc::internal;
  std::string detail;
  std::optional<std::size_t> operation{};  // of a request with several operations the one that was refused, from 0
};

template <class T>
using result = tl::expected<T, failure>;

inline tl::unexpected<failure> fail(errc code, std::string detail = {}) {
  return tl::unexpected<failure>(failure{code, std::move(detail)});
}

}  // namespace tidewire

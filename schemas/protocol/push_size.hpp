// How long the push of a publication may become, known before it is written: what goes out in one message however many changes it tells is
// bounded by this.
#pragma once

#include <cstddef>
#include <string_view>

#include "schemas/protocol/dialect.hpp"

namespace tidewire::protocol {

// To whom it is told. The view and the name outlive it.
struct push_reader {
  dialect as = dialect::json;
  const view& through;
  std::string_view channel;
};

// At most; what encode_run() makes of it is often shorter, and never longer.
std::size_t push_bytes_max(const push_reader& to, const publication& told) noexcept;

}  // namespace tidewire::protocol

#include "tools/web/assets.hpp"

namespace tidewire::web {

std::span<const asset> web_assets() noexcept { return {}; }

}  // namespace tidewire::web

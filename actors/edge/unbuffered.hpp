// What proxies and browsers need to be told about a response that goes on, so that they pass everything on at once and keep nothing.
#pragma once

#include <array>

#include "transport/application.hpp"

namespace tidewire {

inline const std::array<transport::header, 3> unbuffered{
    {{"x-accel-buffering", "no"}, {"cache-control", "private, no-cache, no-store, must-revalidate, max-age=0"}, {"pragma", "no-cache"}}};

}  // namespace tidewire

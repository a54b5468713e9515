// What the server counts, for Prometheus and whatever reads its formats.
#pragma once

#include <string>
#include <string_view>

#include "actors/edge/metric_text.hpp"
#include "actors/engine.hpp"
#include "actors/ops/leak_watcher.hpp"
#include "transport/application.hpp"

namespace tidewire {

// What the request asks for: OpenMetrics if its Accept names that.
metric_format metrics_format_of(const transport::http_request& request) noexcept;

std::string_view metrics_content_type(metric_format as) noexcept;

std::string metrics_body(const engine& own, metric_format as, const leak_watcher& leaks);

}  // namespace tidewire

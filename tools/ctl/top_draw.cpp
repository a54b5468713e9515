// The screen of `tidectl top`, line by line.
#include <algorithm>
#include <cstdio>

#include "schemas/protocol/json_object.hpp"
#include "tools/ctl/json_row.hpp"
#include "tools/ctl/progress.hpp"
#include "tools/ctl/shown.hpp"
#include "tools/ctl/text_table.hpp"
#include "tools/ctl/top_view.hpp"

namespace tidewire::ctl {

namespace {

constexpr std::size_t bar_width = 20;

std::string rate_text(const std::optional<double>& value) {
  return value ? count_text(static_cast<std::uint64_t>(std::max(0.0, *value) + 0.5)) : "–";
}

std::string ms_text(const std::optional<double>& value) {
  if (!value) return "–";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", *value);
  return text;
}

std::string bar_of(std::uint64_t part, std::uint64_t whole) {
  const auto full = whole == 0 ? 0 : std::min<std::uint64_t>(bar_width, part * bar_width / whole);
  return "[" + std::string(full, '#') + std::string(bar_width - full, '.') + "]";
}

std::vector<top_line> header(const top_view& view, const top_sample& before, const top_sample& now, const std::string& address) {
  std::vector<top_line> out;
  const bool away = !now.problem.empty();
  std::string title = "tidectl top  " + shown(address) + "  " +
                      (away               ? "AWAY: " + shown(now.problem)
                       : now.status.ready ? "ready"
                                          : "NOT READY");
  if (view.paused) title += "  (paused)";
  out.push_back({std::move(title), away || !now.status.ready ? top_style::bad : top_style::title});
  const auto figures = figures_between(before, now);
  out.push_back({"publications " + rate_text(figures.publications) + "/s  deliveries " + rate_text(figures.deliveries) + "/s  missed " +
                     rate_text(figures.missed) + "/s  http " + rate_text(figures.requests) + "/s  commits " + rate_text(figures.commits) +
                     "/s  messages " + rate_text(figures.messages) + "/s",
                 top_style::plain});
  out.push_back({"latency ms: http p50 " + ms_text(figures.http_p50_ms) + " p99 " + ms_text(figures.http_p99_ms) + "  commit p50 " +
                     ms_text(figures.commit_p50_ms) + " p99 " + ms_text(figures.commit_p99_ms) + "   cpu " +
                     (figures.cpu_percent ? rate_text(figures.cpu_percent) + " %" : "–"),
                 top_style::plain});
  const bool slow = figures.slow && *figures.slow > 0;
  out.push_back({"connections " + rate_text(figures.connections) + " (" + rate_text(figures.slow) + " behind)  rooms " +
                     rate_text(figures.rooms) + "  memory " + bytes_text(now.status.held) + " of " + bytes_text(now.status.budget) + " " +
                     bar_of(now.status.held, now.status.budget) + "  resident " + bytes_text(now.status.resident),
                 slow ? top_style::bad : top_style::plain});
  // Only what is wrong now: the rest has its place in `tidectl status`.
  if (!away)
    for (const auto& each : assess(now.status))
      if (each.is >= verdict::warn)
        out.push_back({std::string(name_of(each.is)) + " " + each.what + ": " + shown(each.says), top_style::bad});
  return out;
}

std::string page_line(const top_view& view, std::size_t rows) {
  std::string line(title_of(view.page));
  if (view.page == top_page::actors && !view.kind.empty()) line += " of kind " + shown(view.kind);
  if (view.page != top_page::detail) line += ", " + std::to_string(rows) + " by " + std::string(sorts_of(view.page)[view.sort]);
  if (view.typing || !view.filter.empty()) line += "   filter: " + shown(view.filter) + (view.typing ? "_" : "");
  return line;
}

std::vector<top_line> help_lines() {
  std::vector<top_line> out{{"keys", top_style::heading}};
  for (const auto* each :
       {"1 2 3 4, Tab   kinds of actors, actors, hot rooms, slow clients",
        "up, down       choose a row; also Page Up, Page Down, Home, End",
        "Enter          more of it: the actors of a kind, a room, a client", "Esc            back; takes the filter away",
        "s              sort by the next column", "/              filter: type, then Enter", "p, Space       pause, and go on",
        "r              read again, now", "q              end", "", "any key goes back"})
    out.push_back({each, top_style::plain});
  return out;
}

const char* lacks(const top_view& view, const top_sample& now) {
  const bool missing = (view.page == top_page::actors && now.lacks_actors) || (view.page == top_page::rooms && now.lacks_hot) ||
                       (view.page == top_page::clients && now.lacks_sessions && now.lacks_hot);
  return missing ? "this server is older than tidectl and does not say" : "nothing to show";
}

text_table table_of(top_page page, const std::vector<top_row>& rows) {
  text_table table(headings_of(page));
  for (const auto& each : rows) table.add(each.cells);
  return table;
}

void add_table(std::vector<top_line>& out, const top_view& view, const std::vector<top_row>& rows, const top_sample& now,
               std::size_t height) {
  if (rows.empty()) return out.push_back({lacks(view, now), top_style::dim});
  const auto lines = table_of(view.page, rows).lines();
  out.push_back({lines.front(), top_style::heading});
  const auto room = height > out.size() + 1 ? height - out.size() - 1 : 1;
  const auto selected = std::min(view.selected, rows.size() - 1);
  const auto first = selected < room ? 0 : selected - room + 1;
  for (std::size_t i = first; i < rows.size() && i < first + room; ++i)
    out.push_back({lines[i + 1], i == selected ? top_style::selected : top_style::plain});
}

void add_detail(std::vector<top_line>& out, const top_view& view, const top_sample& now, std::size_t height) {
  const auto text = pretty_json(view.opened.starts_with('/') ? now.detail : view.opened);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (lines.empty()) out.push_back({"nothing to show", top_style::dim});
  const auto room = height > out.size() + 1 ? height - out.size() - 1 : 1;
  const auto first = lines.size() > room ? std::min(view.selected, lines.size() - room) : 0;
  for (std::size_t i = first; i < lines.size() && i < first + room; ++i) out.push_back({lines[i], top_style::plain});
}

}  // namespace

std::vector<top_line> draw(const top_view& view, const top_sample& before, const top_sample& now, const std::string& address,
                           std::size_t width, std::size_t height) {
  auto out = header(view, before, now, address);
  out.push_back({"", top_style::plain});
  if (view.help) {
    for (auto& each : help_lines()) out.push_back(std::move(each));
  } else {
    const auto rows = rows_of(view, before, now);
    out.push_back({page_line(view, rows.size()), top_style::title});
    if (view.page == top_page::detail)
      add_detail(out, view, now, height);
    else
      add_table(out, view, rows, now, height);
  }
  if (height == 0) return {};
  out.resize(height);
  out.back() = {"1-4 page  s sort  / filter  Enter open  Esc back  p pause  h help  q end", top_style::dim};
  for (auto& each : out) each.text = cut_to(each.text, width);
  return out;
}

std::string top_text(const top_sample& before, const top_sample& now, const std::string& address, std::size_t width) {
  std::string out;
  top_view view;
  for (const auto& each : header(view, before, now, address)) (out += each.text) += '\n';
  for (const auto page : {top_page::kinds, top_page::actors, top_page::rooms, top_page::clients}) {
    view.page = page;
    const auto rows = rows_of(view, before, now);
    ((out += '\n') += page_line(view, rows.size())) += '\n';
    out += rows.empty() ? std::string(lacks(view, now)) + '\n' : table_of(page, rows).text(width);
  }
  return out;
}

std::string top_json(const top_sample& before, const top_sample& now) {
  std::string out;
  const auto figures = figures_between(before, now);
  {
    protocol::json_object body(out);
    body.name("ready") += now.status.ready ? "true" : "false";
    {
      protocol::json_object rows(body.name("figures"));
      const auto figure = [&](std::string_view name, const std::optional<double>& value) {
        rows.name(name) += value ? std::to_string(*value) : "null";
      };
      figure("publications_per_s", figures.publications);
      figure("deliveries_per_s", figures.deliveries);
      figure("missed_per_s", figures.missed);
      figure("http_requests_per_s", figures.requests);
      figure("commits_per_s", figures.commits);
      figure("messages_per_s", figures.messages);
      figure("http_p50_ms", figures.http_p50_ms);
      figure("http_p99_ms", figures.http_p99_ms);
      figure("commit_p50_ms", figures.commit_p50_ms);
      figure("commit_p99_ms", figures.commit_p99_ms);
      figure("cpu_percent", figures.cpu_percent);
      figure("rooms", figures.rooms);
      figure("connections", figures.connections);
      figure("slow_clients", figures.slow);
      figure("queued_bytes", figures.queued_bytes);
    }
    {
      protocol::json_object memory(body.name("memory"));
      memory.number("held", now.status.held);
      memory.number("budget", now.status.budget);
      memory.number("resident", now.status.resident);
    }
    const auto list = [&](std::string_view name, const std::vector<std::string>& raws) {
      protocol::json_array rows(body.name(name));
      for (const auto& each : raws) rows.item() += each;
    };
    list("kinds", now.kinds);
    list("actors", now.actors);
    list("rooms", now.rooms);
    list("clients", now.clients);
  }
  return out;
}

}  // namespace tidewire::ctl

#include "tools/ctl/top_view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <unordered_map>

#include "schemas/api/uri.hpp"
#include "tools/ctl/json_row.hpp"
#include "tools/ctl/listeners.hpp"
#include "tools/ctl/progress.hpp"
#include "tools/ctl/shown.hpp"

namespace tidewire::ctl {

namespace {

using namespace std::string_view_literals;

constexpr std::array kind_sorts{"time"sv, "handled"sv, "p99"sv, "max"sv, "alive"sv, "crashed"sv};
constexpr std::array actor_sorts{"mailbox"sv, "wait"sv, "time"sv, "p99"sv, "max"sv, "handled"sv};
constexpr std::array room_sorts{"told"sv};
constexpr std::array client_sorts{"queued"sv, "missed"sv, "age"sv};
constexpr std::size_t page_step = 10;

std::string number_text(double value) { return count_text(static_cast<std::uint64_t>(std::llround(std::max(0.0, value)))); }

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", seconds);
  return text;
}

double share(const json_row& row, std::string_view name) { return row.real(name); }

top_row kind_row(const json_row& row, std::uint64_t handled_before, double seconds) {
  const auto started = row.number("started");
  const auto ended = row.number("ended");
  const auto alive = row.has("alive") ? row.real("alive") : static_cast<double>(started > ended ? started - ended : 0);
  const auto handled = row.number("handled");
  const auto rate = seconds > 0 && handled >= handled_before ? static_cast<double>(handled - handled_before) / seconds : 0;
  const auto us = [&](std::string_view name) { return row.has(name) ? number_text(row.real(name)) : std::string("–"); };
  return {{shown(row.text("kind")), number_text(alive), number_text(rate), number_text(row.real("handled")),
           row.has("handler_s") ? seconds_text(row.real("handler_s")) : "–", us("mean_us"), us("p99_us"), us("max_us"),
           number_text(row.real("crashed"))},
          {row.has("handler_s") ? share(row, "handler_s") : rate, rate, row.real("p99_us"), row.real("max_us"), alive, row.real("crashed")},
          {},
          row.text("kind")};
}

top_row actor_row_of(const json_row& row) {
  return {
      {shown(row.text("name")), number_text(row.real("mailbox")), number_text(row.real("oldest_wait_ms")), number_text(row.real("handled")),
       seconds_text(row.real("handler_s")), number_text(row.real("mean_us")), number_text(row.real("p99_us")),
       number_text(row.real("max_us")), number_text(row.real("restarts")), shown(row.text("last_error"))},
      {row.real("mailbox"), row.real("oldest_wait_ms"), row.real("handler_s"), row.real("p99_us"), row.real("max_us"), row.real("handled")},
      {},
      row.text("name")};
}

top_row room_row(const json_row& row) {
  const auto room = row.text("name");
  return {{shown(room), number_text(row.real("told"))}, {row.real("told")}, room_path(room), room};
}

top_row client_row(const json_row& row) {
  const auto session = row.text("session");
  return {{shown(session), shown(row.text("user")), shown(row.text("address")), shown(row.text("protocol")),
           number_text(row.real("subscriptions")), bytes_text(row.number("queued_bytes")), number_text(row.real("missed"))},
          {row.real("queued_bytes"), row.real("missed"), row.real("connected_ms")},
          "/api/v1/sessions/" + api::percent_encode(session),
          session};
}

bool contains(std::string_view text, std::string_view part) {
  const auto same = [](char left, char right) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    return lower(left) == lower(right);
  };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

bool passes(const top_row& row, const std::string& filter) {
  return filter.empty() || std::any_of(row.cells.begin(), row.cells.end(), [&](const auto& cell) { return contains(cell, filter); });
}

void open_page(top_view& view, top_page page) {
  view.page = page;
  view.sort = 0;
  view.selected = 0;
  view.filter.clear();
  view.refresh = true;
}

void open_row(top_view& view, const top_row& row) {
  if (view.page == top_page::kinds) {
    open_page(view, top_page::actors);
    view.kind = row.name;
    return;
  }
  if (view.page == top_page::detail) return;
  view.back = view.page;
  view.opened = row.opens.empty() ? row.raw : row.opens;
  view.page = top_page::detail;
  view.refresh = true;
}

void press_character(top_view& view, char key) {
  switch (key) {
    case 'q': view.quit = true; return;
    case 'p':
    case ' ': view.paused = !view.paused; return;
    case 'h':
    case '?': view.help = true; return;
    case '/': view.typing = true; return;
    case 'r': view.refresh = true; return;
    case 's':
      if (const auto count = sorts_of(view.page).size(); count > 0) view.sort = (view.sort + 1) % count;
      view.refresh = true;
      return;
    case '1': return open_page(view, top_page::kinds);
    case '2': view.kind.clear(); return open_page(view, top_page::actors);
    case '3': return open_page(view, top_page::rooms);
    case '4': return open_page(view, top_page::clients);
    default: return;
  }
}

void type(top_view& view, const top_key& key) {
  using what = top_key::what;
  if (key.is == what::enter || key.is == what::escape) view.typing = false;
  if (key.is == what::escape) view.filter.clear();
  if (key.is == what::backspace && !view.filter.empty()) view.filter.pop_back();
  if (key.is == what::character && key.character >= ' ' && key.character < 0x7F) view.filter += key.character;
  view.selected = 0;
}

}  // namespace

std::span<const std::string_view> sorts_of(top_page page) noexcept {
  switch (page) {
    case top_page::kinds: return kind_sorts;
    case top_page::actors: return actor_sorts;
    case top_page::rooms: return room_sorts;
    case top_page::clients: return client_sorts;
    case top_page::detail: return {};
  }
  return {};
}

std::string_view title_of(top_page page) noexcept {
  switch (page) {
    case top_page::kinds: return "kinds of actors";
    case top_page::actors: return "actors";
    case top_page::rooms: return "hot rooms";
    case top_page::clients: return "slow clients";
    case top_page::detail: return "detail";
  }
  return {};
}

std::vector<std::string> headings_of(top_page page) {
  switch (page) {
    case top_page::kinds: return {"KIND", ">ALIVE", ">MSG/S", ">HANDLED", ">TIME", ">MEAN µs", ">P99 µs", ">MAX µs", ">CRASHED"};
    case top_page::actors:
      return {"ACTOR", ">MAILBOX", ">WAIT ms", ">HANDLED", ">TIME", ">MEAN µs", ">P99 µs", ">MAX µs", ">RESTARTS", "LAST ERROR"};
    case top_page::rooms: return {"ROOM", ">TOLD"};
    case top_page::clients: return {"SESSION", "USER", "ADDRESS", "PROTOCOL", ">ROOMS", ">QUEUED", ">MISSED"};
    case top_page::detail: return {};
  }
  return {};
}

std::string path_of(const top_view& view) {
  const auto sorts = sorts_of(view.page);
  if (view.page == top_page::actors)
    return query("/api/v1/performance/actors").add("kind", view.kind).add("sort", sorts[view.sort]).add("limit", "50").target();
  if (view.page == top_page::clients) return query("/api/v1/sessions").add("sort", sorts[view.sort]).add("limit", "50").target();
  if (view.page == top_page::detail && view.opened.starts_with('/')) return view.opened;
  return {};
}

std::vector<top_row> rows_of(const top_view& view, const top_sample& before, const top_sample& now) {
  std::vector<top_row> rows;
  const auto take = [&](const std::vector<std::string>& raws, auto make) {
    for (const auto& raw : raws) {
      auto row = make(json_row(raw));
      row.raw = raw;
      if (passes(row, view.filter)) rows.push_back(std::move(row));
    }
  };
  if (view.page == top_page::kinds) {
    std::unordered_map<std::string, std::uint64_t> handled;
    for (const auto& each : before.status.actors) handled[each.kind] = each.handled;
    take(now.kinds, [&](const json_row& row) {
      const auto kind = row.text("kind");
      return kind_row(row, handled.contains(kind) ? handled[kind] : row.number("handled"), now.at_s - before.at_s);
    });
  }
  if (view.page == top_page::actors) take(now.actors, actor_row_of);
  if (view.page == top_page::rooms) take(now.rooms, room_row);
  if (view.page == top_page::clients) take(now.clients, client_row);
  // The oldest connection is the one with the longest time.
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const auto& left, const auto& right) { return left.values[view.sort] > right.values[view.sort]; });
  return rows;
}

top_view press(top_view view, const top_key& key, std::span<const top_row> rows) {
  using what = top_key::what;
  view.refresh = false;
  if (view.help) {
    view.help = false;
    return view;
  }
  if (view.typing) {
    type(view, key);
    return view;
  }
  const auto last = view.page == top_page::detail ? std::size_t{1'000'000} : rows.empty() ? 0 : rows.size() - 1;
  switch (key.is) {
    case what::up: view.selected -= view.selected > 0; break;
    case what::down: ++view.selected; break;
    case what::page_up: view.selected -= std::min(view.selected, page_step); break;
    case what::page_down: view.selected += page_step; break;
    case what::home: view.selected = 0; break;
    case what::end: view.selected = view.page == top_page::detail ? view.selected : last; break;
    case what::tab:
      press_character(view, view.page == top_page::clients ? '1' : static_cast<char>('2' + static_cast<int>(view.page)));
      break;
    case what::enter:
      if (view.selected < rows.size()) open_row(view, rows[view.selected]);
      break;
    case what::escape:
    case what::backspace:
      if (view.page == top_page::detail)
        open_page(view, view.back);
      else if (!view.filter.empty())
        view.filter.clear();
      else if (view.page == top_page::actors && !view.kind.empty())
        open_page(view, top_page::kinds);
      break;
    case what::character: press_character(view, key.character); break;
    case what::other: break;
  }
  view.selected = std::min(view.selected, last);
  return view;
}

}  // namespace tidewire::ctl

// What `tidectl top` shows and how keys change that. Pure: a view is data, a key makes another one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/ctl/top_model.hpp"

namespace tidewire::ctl {

enum class top_page : std::uint8_t { kinds, actors, rooms, clients, detail };

struct top_view {
  top_page page = top_page::kinds;
  std::size_t sort = 0;
  std::string filter{};
  std::string kind{};    // of the actors that are shown; empty: any
  std::string opened{};  // the path, or the JSON, of the detail
  top_page back = top_page::kinds;
  std::size_t selected = 0;
  bool typing = false;  // the filter
  bool paused = false;
  bool help = false;
  bool quit = false;
  bool refresh = false;  // what is shown has to be read again
};

struct top_key {
  enum class what : std::uint8_t { character, up, down, page_up, page_down, home, end, enter, escape, backspace, tab, other };
  what is = what::other;
  char character = 0;
};

// `rows`: what is shown now, in its order.
top_view press(top_view view, const top_key& key, std::span<const top_row> rows);

// The names by which the page can be sorted.
std::span<const std::string_view> sorts_of(top_page page) noexcept;
std::string_view title_of(top_page page) noexcept;

// What has to be read for the view besides what is always read; empty: nothing.
std::string path_of(const top_view& view);

// The table of the page: filtered, sorted, the greatest first.
std::vector<top_row> rows_of(const top_view& view, const top_sample& before, const top_sample& now);
std::vector<std::string> headings_of(top_page page);

enum class top_style : std::uint8_t { plain, title, heading, selected, bad, dim };
struct top_line {
  std::string text;
  top_style style = top_style::plain;
};

// The whole screen: exactly `height` lines, none wider than `width`.
std::vector<top_line> draw(const top_view& view, const top_sample& before, const top_sample& now, const std::string& address,
                           std::size_t width, std::size_t height);

// Without a screen: everything once, as text or as JSON.
std::string top_text(const top_sample& before, const top_sample& now, const std::string& address, std::size_t width);
std::string top_json(const top_sample& before, const top_sample& now);

}  // namespace tidewire::ctl

#include "tools/ctl/top_screen.hpp"

#include <ncurses.h>
#include <unistd.h>

#include <clocale>

namespace tidewire::ctl {

namespace {

constexpr short bad = 1;  // the pair of colours

attr_t attributes_of(top_style style) {
  switch (style) {
    case top_style::plain: return A_NORMAL;
    case top_style::title: return A_BOLD;
    case top_style::heading: return A_UNDERLINE;
    case top_style::selected: return A_REVERSE;
    case top_style::bad: return A_BOLD | (has_colors() ? static_cast<attr_t>(COLOR_PAIR(bad)) : A_REVERSE);
    case top_style::dim: return A_DIM;
  }
  return A_NORMAL;
}

top_key key_of(int code) {
  using what = top_key::what;
  switch (code) {
    case KEY_UP: return {what::up};
    case KEY_DOWN: return {what::down};
    case KEY_PPAGE: return {what::page_up};
    case KEY_NPAGE: return {what::page_down};
    case KEY_HOME: return {what::home};
    case KEY_END: return {what::end};
    case KEY_ENTER:
    case '\r':
    case '\n': return {what::enter};
    case 27: return {what::escape};
    case KEY_BACKSPACE:
    case 127:
    case '\b': return {what::backspace};
    case '\t': return {what::tab};
    default: return code >= 0x20 && code < 0x7F ? top_key{what::character, static_cast<char>(code)} : top_key{};
  }
}

}  // namespace

std::unique_ptr<top_screen> top_screen::open() {
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) return nullptr;
  std::setlocale(LC_CTYPE, "C.UTF-8");
  auto* const terminal = newterm(nullptr, stdout, stdin);
  if (terminal == nullptr) return nullptr;
  set_term(terminal);
  set_escdelay(50);
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  curs_set(0);
  if (has_colors()) {
    start_color();
    use_default_colors();
    init_pair(bad, COLOR_RED, -1);
  }
  return std::unique_ptr<top_screen>(new top_screen(terminal));
}

top_screen::~top_screen() {
  endwin();
  delscreen(static_cast<SCREEN*>(terminal_));
}

std::size_t top_screen::width() const { return static_cast<std::size_t>(getmaxx(stdscr)); }

std::size_t top_screen::height() const { return static_cast<std::size_t>(getmaxy(stdscr)); }

void top_screen::show(const std::vector<top_line>& lines) {
  erase();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    attrset(static_cast<int>(attributes_of(lines[i].style)));
    mvaddstr(static_cast<int>(i), 0, lines[i].text.c_str());
  }
  attrset(A_NORMAL);
  refresh();
}

std::optional<top_key> top_screen::key(std::chrono::milliseconds at_most) {
  timeout(static_cast<int>(at_most.count()));
  const int code = getch();
  if (code == ERR) return std::nullopt;
  return key_of(code);
}

}  // namespace tidewire::ctl

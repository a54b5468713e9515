#include "tools/ctl/tree_view.hpp"

#include "tools/ctl/json_row.hpp"
#include "tools/ctl/progress.hpp"
#include "tools/ctl/shown.hpp"

namespace tidewire::ctl {

namespace {

constexpr std::size_t depth_max = 100;  // a tree that is deeper is no tree of ours

std::string capitals(std::string text) {
  for (auto& each : text)
    if (each >= 'a' && each <= 'z') each = static_cast<char>(each - 'a' + 'A');
  return text;
}

std::string label_of(const json_row& node) {
  auto label = shown(node.text("id"));
  if (const auto kind = node.text("kind"); kind != node.text("id")) label += "  " + shown(kind);
  const auto phase = shown(node.text("phase"));
  if (!phase.empty()) label += "  " + (phase == "running" ? phase : capitals(phase));
  if (node.has("actor")) label += "  #" + std::to_string(node.number("actor"));
  if (const auto restarts = node.number("restarts"); restarts > 0)
    label += "  " + count_text(restarts) + (restarts == 1 ? " restart" : " restarts");
  return label;
}

void append_children(std::string& out, const json_row& node, const std::string& margin, std::size_t depth) {
  const auto children = node.list("children");
  const auto total = node.number("children_total");
  const bool cut = total > children.size();
  for (std::size_t i = 0; i < children.size() && depth < depth_max; ++i) {
    const bool last = i + 1 == children.size() && !cut;
    const json_row child(children[i]);
    out += margin + (last ? "└─ " : "├─ ") + label_of(child) + '\n';
    append_children(out, child, margin + (last ? "   " : "│  "), depth + 1);
  }
  if (cut) out += margin + "└─ … " + count_text(total - children.size()) + " more\n";
}

}  // namespace

std::string tree_text(std::string_view node) {
  const json_row root(node);
  auto out = label_of(root) + '\n';
  append_children(out, root, "", 0);
  return out;
}

}  // namespace tidewire::ctl

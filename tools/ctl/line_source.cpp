#include "tools/ctl/line_source.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace tidewire::ctl {

namespace {

constexpr std::size_t read_bytes = 262'144;

}  // namespace

result<line_source> line_source::open(const std::string& path) {
  auto* const file = path == "-" ? stdin : std::fopen(path.c_str(), "re");
  if (file == nullptr) return fail(errc::bad_request, "cannot read " + path + ": " + std::generic_category().message(errno));
  struct stat about {};
  const bool sized = ::fstat(::fileno(file), &about) == 0 && S_ISREG(about.st_mode);
  return line_source(path, file, sized ? static_cast<std::uint64_t>(about.st_size) : 0);
}

line_source::line_source(line_source&& from) noexcept
    : path_(std::move(from.path_)), file_(std::exchange(from.file_, nullptr)), bytes_in_all_(from.bytes_in_all_) {}

line_source::~line_source() {
  if (file_ != nullptr && file_ != stdin) std::fclose(file_);
}

result<std::optional<std::string_view>> line_source::next() {
  ++number_;
  for (std::size_t searched = at_;;) {
    const auto end = buffer_.find('\n', searched);
    if (end != std::string::npos || (ended_ && at_ < buffer_.size())) {
      const auto stop = end == std::string::npos ? buffer_.size() : end;
      const auto line = std::string_view(buffer_).substr(at_, stop - at_);
      bytes_read_ += line.size() + 1;
      at_ = std::min(buffer_.size(), stop + 1);
      return line;
    }
    if (ended_) return std::nullopt;
    if (buffer_.size() - at_ > line_bytes_max)
      return fail(errc::payload_too_large,
                  "line " + std::to_string(number_) + " is longer than " + std::to_string(line_bytes_max) + " bytes");
    buffer_.erase(0, at_);
    at_ = 0;
    searched = buffer_.size();
    buffer_.resize(searched + read_bytes);
    const auto got = std::fread(buffer_.data() + searched, 1, read_bytes, file_);
    buffer_.resize(searched + got);
    if (std::ferror(file_) != 0) return fail(errc::internal, "cannot read " + path_ + ": " + std::generic_category().message(errno));
    ended_ = got == 0;
  }
}

}  // namespace tidewire::ctl

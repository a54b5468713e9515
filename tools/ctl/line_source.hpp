// The lines of a file or of standard input ("-"), one at a time and each bounded.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/result.hpp"

namespace tidewire::ctl {

class line_source {
 public:
  static result<line_source> open(const std::string& path);
  line_source(line_source&& from) noexcept;
  line_source& operator=(line_source&&) = delete;
  ~line_source();

  // Without its line break; holds until the next call. Nothing at the end. Errors: payload_too_large, internal when it cannot be read.
  result<std::optional<std::string_view>> next();

  std::uint64_t number() const { return number_; }  // of the line that next() gave, from 1
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_in_all() const { return bytes_in_all_; }  // 0: not known

  static constexpr std::size_t line_bytes_max = 16'777'216;

 private:
  line_source(std::string path, std::FILE* file, std::uint64_t bytes_in_all)
      : path_(std::move(path)), file_(file), bytes_in_all_(bytes_in_all) {}

  std::string path_;
  std::FILE* file_;
  std::uint64_t bytes_in_all_;
  std::string buffer_;
  std::size_t at_ = 0;  // where the next line begins in it
  bool ended_ = false;
  std::uint64_t number_ = 0;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace tidewire::ctl

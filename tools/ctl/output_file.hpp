// A file that is there whole or not at all: written beside its place, synced, then named. "-" is standard output.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "schemas/result.hpp"

namespace tidewire::ctl {

class output_file {
 public:
  // Errors: conflict when it is there and must not be replaced; unavailable when it cannot be written, here and below.
  static result<output_file> open(const std::string& path, bool replace);
  output_file(output_file&& from) noexcept;
  output_file& operator=(output_file&&) = delete;
  // Without finish() nothing is left.
  ~output_file();

  result<void> write(std::string_view bytes);
  result<void> finish();

 private:
  output_file(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  bool is_standard() const { return file_ == stdout; }
  std::string part() const { return path_ + ".part"; }

  std::string path_;
  std::FILE* file_;
};

}  // namespace tidewire::ctl

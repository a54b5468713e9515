#include "tools/ctl/output_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tidewire::ctl {

namespace {

tl::unexpected<failure> cannot(const std::string& what, const std::string& path) {
  return fail(errc::internal, "cannot " + what + ' ' + path + ": " + std::generic_category().message(errno));
}

}  // namespace

result<output_file> output_file::open(const std::string& path, bool replace) {
  if (path == "-") return output_file(path, stdout);
  std::error_code error;
  if (!replace && std::filesystem::exists(path, error))
    return fail(errc::conflict, path + " is there already: choose another name, or replace it with --force");
  auto* const file = std::fopen((path + ".part").c_str(), "we");
  if (file == nullptr) return cannot("write", path + ".part");
  return output_file(path, file);
}

output_file::output_file(output_file&& from) noexcept : path_(std::move(from.path_)), file_(std::exchange(from.file_, nullptr)) {}

output_file::~output_file() {
  if (file_ == nullptr || is_standard()) return;
  std::fclose(file_);
  ::unlink(part().c_str());
}

result<void> output_file::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size()) return {};
  return cannot("write", path_);
}

result<void> output_file::finish() {
  if (std::fflush(file_) != 0) return cannot("write", path_);
  if (is_standard()) return {};
  if (::fsync(::fileno(file_)) != 0) return cannot("write", path_);
  if (std::rename(part().c_str(), path_.c_str()) != 0) return cannot("name", path_);
  std::fclose(std::exchange(file_, nullptr));
  return {};
}

}  // namespace tidewire::ctl

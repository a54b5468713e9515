#include "actors/ops/token_key_source.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "actors/supervision/log.hpp"
#include "transport/http_client.hpp"

namespace tidewire {

namespace {

constexpr std::chrono::seconds fetch_timeout{5};

result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(errc::bad_request, path + ": cannot be read");
  std::string text(jwks_bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) return fail(errc::bad_request, path + ": cannot be read");
  return text;
}

// "https://issuer.example:8443" and "/keys".
std::pair<std::string, std::string> split(const std::string& url) {
  const auto begin = url.find("://") + 3;
  const auto slash = url.find_first_of("/?", begin);
  if (slash == std::string::npos) return {url, "/"};
  return {url.substr(0, slash), (url[slash] == '?' ? "/" : "") + url.substr(slash)};
}

}  // namespace

result<std::unique_ptr<token_key_source>> token_key_source::open(const server_options& options) {
  std::unique_ptr<token_key_source> made(new token_key_source(options));
  auto files = made->read_files();
  if (!files) return tl::unexpected(std::move(files.error()));
  made->of_files_ = std::move(*files);
  if (made->of_files_.empty() && !made->has_set()) return made;
  made->ring_ = std::make_shared<key_ring>([source = made.get()](std::string_view id) { return source->look_for(id); });
  auto set = made->read_set_file();
  if (!set) return tl::unexpected(std::move(set.error()));
  made->of_set_file_ = std::move(*set);
  made->publish();
  made->due_ = made->has_set() ? clock::now() : clock::time_point::max();
  made->thread_ = std::thread([source = made.get()] { source->run(); });
  return made;
}

token_key_source::~token_key_source() {
  {
    const std::lock_guard lock(guard_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void token_key_source::refresh() {
  const std::lock_guard lock(guard_);
  due_ = clock::now();
  at_once_ = true;
  changed_.notify_one();
}

bool token_key_source::look_for(std::string_view id) {
  if (!has_set()) return false;
  const std::lock_guard lock(guard_);
  if (const auto known = asked_.find(std::string(id)); known != asked_.end() && good_ >= known->second) return false;
  if (asked_.size() < ids_max) asked_.try_emplace(std::string(id), begun_ + 1);
  if (const auto soonest = last_ + std::chrono::seconds(options_.token_jwks_refresh_min_s); soonest < due_) {
    due_ = soonest;
    changed_.notify_one();
  }
  return true;
}

void token_key_source::run() {
  std::unique_lock lock(guard_);
  while (true) {
    while (!ending_ && clock::now() < due_) {
      // Asking the system to wait until the end of time overflows.
      due_ == clock::time_point::max() ? changed_.wait(lock) : static_cast<void>(changed_.wait_until(lock, due_));
    }
    if (ending_) return;
    std::erase_if(asked_, [this](const auto& each) { return each.second <= good_; });  // decided; who asks again is looked for again
    due_ = clock::time_point::max();
    at_once_ = false;
    const auto look = ++begun_;
    lock.unlock();
    const bool good = bring();
    lock.lock();
    if (good) good_ = look;
    last_ = clock::now();
    if (!has_set() || at_once_) continue;
    due_ = std::clamp(due_, last_ + std::chrono::seconds(options_.token_jwks_refresh_min_s),
                      last_ + std::chrono::seconds(std::max(options_.token_jwks_refresh_s, options_.token_jwks_refresh_min_s)));
  }
}

// They are independent: what cannot be had stays as it was.
bool token_key_source::bring() {
  bool good = true;
  const auto take = [&](result<key_set> read, key_set& target) {
    if (read) {
      target = std::move(*read);
    } else {
      good = false;
      log_of("access").warn("keys of tokens are not refreshed, the ones before stay: {}", read.error().detail);
    }
  };
  take(read_files(), of_files_);
  take(read_set_file(), of_set_file_);
  take(fetch_set(), of_url_);
  publish();
  ++(good ? counts_.refreshed : counts_.failed);
  return good;
}

void token_key_source::publish() {
  auto all = of_files_;
  for (const auto* more : {&of_set_file_, &of_url_}) all.insert(all.end(), more->begin(), more->end());
  ring_->replace(std::move(all));
}

result<key_set> token_key_source::read_files() const {
  key_set read;
  for (const auto* text : {&options_.token_rsa_public_key, &options_.token_ecdsa_public_key})
    if (auto key = public_key::from_pem(*text); key) read.push_back({{}, std::move(*key)});
  for (const auto& path : options_.token_public_key_files) {
    auto key = read_file(path).and_then([&](const std::string& text) -> result<public_key> {
      auto parsed = public_key::from_pem(text);
      if (!parsed) return fail(errc::bad_request, path + ": " + parsed.error().detail);
      return parsed;
    });
    if (!key) return tl::unexpected(std::move(key.error()));
    read.push_back({{}, std::move(*key)});
  }
  return read;
}

result<key_set> token_key_source::read_set_file() const {
  const auto& path = options_.token_jwks_file;
  if (path.empty()) return key_set{};
  return read_file(path).and_then([&](const std::string& text) -> result<key_set> {
    auto parsed = read_jwks(text);
    if (!parsed) return fail(errc::bad_request, path + ": " + parsed.error().detail);
    return parsed;
  });
}

// Redirections are not followed: the keys are what that one URL says.
result<key_set> token_key_source::fetch_set() const {
  const auto& url = options_.token_jwks_endpoint;
  if (url.empty()) return key_set{};
  const auto [server, target] = split(url);
  transport::http_client client(server, fetch_timeout);
  transport::client_request request;
  request.target = target;
  request.headers.push_back({"accept", "application/json"});
  request.answer_bytes_max = jwks_bytes_max;
  const auto answer = client.ask(request);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) return fail(errc::unavailable, url + ": answered " + std::to_string(answer->status));
  auto parsed = read_jwks(answer->body);
  if (!parsed) return fail(errc::bad_request, url + ": " + parsed.error().detail);
  return parsed;
}

}  // namespace tidewire

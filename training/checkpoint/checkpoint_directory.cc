#include "training/checkpoint/checkpoint_directory.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iostream>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"
#include "nas/base/status_macros.h"
#include "training/checkpoint/loaded_libraries.h"

namespace robbench {
namespace {

constexpr char kSuffix[] = ".safetensors";
constexpr size_t kKept = 2;

void Warn(absl::string_view path, absl::string_view problem) {
  std::cerr << absl::StrCat("checkpoint ", path, ": ", problem, "\n")
            << std::flush;
}

absl::StatusOr<std::string> Key(const std::vector<absl::string_view>& inputs) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::string program,
                            ReadFile("/proc/self/exe"));
  std::string digests = absl::StrCat("checkpoint ", Sha256(program));
  absl::StrAppend(&digests, " ", Sha256(absl::StrJoin(LoadedLibraries(), " ")));
  for (absl::string_view input : inputs) {
    absl::StrAppend(&digests, " ", Sha256(input));
  }
  return Sha256(digests);
}

}  // namespace

CheckpointDirectory::CheckpointDirectory(double seconds)
    : interval_(seconds), last_(Clock::now()) {}

absl::StatusOr<CheckpointDirectory> CheckpointDirectory::Open(
    const std::string& scratch, const std::vector<absl::string_view>& inputs,
    double seconds) {
  CheckpointDirectory checkpoints(seconds);
  std::error_code error;
  if (scratch.empty() || !std::filesystem::is_directory(scratch, error)) {
    return checkpoints;
  }
  ROBBENCH_ASSIGN_OR_RETURN(const std::string key, Key(inputs));
  const std::string directory = absl::StrCat(scratch, "/", key);
  std::filesystem::create_directory(directory, error);
  if (error) {
    Warn(directory, absl::StrCat(error.message(), "; going on without"));
  } else {
    checkpoints.directory_ = directory;
  }
  return checkpoints;
}

std::vector<std::string> CheckpointDirectory::Files() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(directory_, error)) {
    const std::string name = entry.path().filename().string();
    if (absl::EndsWith(name, kSuffix)) names.push_back(name);
  }
  // Steps have leading zeros, so names sort by step.
  std::sort(names.begin(), names.end(), std::greater<>());
  return names;
}

std::optional<CheckpointDirectory::Checkpoint> CheckpointDirectory::Newest() {
  if (directory_.empty()) return std::nullopt;
  for (const std::string& name : Files()) {
    const std::string path = absl::StrCat(directory_, "/", name);
    const absl::StatusOr<std::string> bytes = ReadFile(path);
    const std::string digest = bytes.ok() ? Sha256(*bytes) : "";
    if (bytes.ok() &&
        absl::EndsWith(name, absl::StrCat("-", digest, kSuffix))) {
      return Checkpoint{path, *bytes};
    }
    Warn(path, bytes.ok() ? absl::StrCat("expected the SHA-256 of its name, "
                                         "found ",
                                         digest, ": damaged, not used")
                          : std::string(bytes.status().message()));
    std::error_code error;
    std::filesystem::remove(path, error);
  }
  return std::nullopt;
}

bool CheckpointDirectory::Due() const {
  return !directory_.empty() && Clock::now() - last_ >= interval_;
}

void CheckpointDirectory::Write(int64_t step, absl::string_view bytes) {
  const std::string path =
      absl::StrCat(directory_, "/", absl::StrFormat("%012d", step), "-",
                   Sha256(bytes), kSuffix);
  const absl::Status status = WriteFile(path, bytes);
  // This counts for a write that fails too, as a full disk stays full for a
  // while.
  last_ = Clock::now();
  if (!status.ok()) {
    Warn(path, absl::StrCat(status.message(), "; going on without"));
    return;
  }
  const std::vector<std::string> files = Files();
  for (size_t i = kKept; i < files.size(); ++i) {
    std::error_code error;
    std::filesystem::remove(absl::StrCat(directory_, "/", files[i]), error);
  }
}

void CheckpointDirectory::Remove() {
  if (directory_.empty()) return;
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
  directory_.clear();
}

}  // namespace robbench

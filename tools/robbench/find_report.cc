#include "tools/robbench/find_report.h"

#include <array>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace robbench {
namespace {

constexpr std::array<const char*, 2> kDirectories = {"robbench-report",
                                                     "robbench-paper"};
constexpr char kTable[] = "tables/table.binpb";
constexpr char kManifest[] = "manifest.textproto";

bool IsThere(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// Returns the first report here that has `file`. The message of
// an error says that `flag` names another one.
absl::StatusOr<FoundPath> FirstWith(const std::string& file,
                                    const std::string& flag,
                                    const std::string& hint) {
  std::vector<std::string> found;
  for (const char* directory : kDirectories) {
    if (IsThere(absl::StrCat(directory, "/", file))) found.push_back(directory);
  }
  if (found.empty()) {
    return absl::NotFoundError(absl::StrCat(
        "there is no ", kDirectories[0], "/", file, " or ", kDirectories[1],
        "/", file, " here; make a report (bazel run //:reproduce or //:paper)",
        hint));
  }
  std::string note = absl::StrCat("report: ", found[0]);
  if (found.size() > 1) {
    absl::StrAppend(&note, "; there is also ", found[1], " (", flag, found[1],
                    ")");
  }
  return FoundPath{found[0], note};
}

}  // namespace

absl::StatusOr<FoundPath> FindTable(const std::string& table,
                                    const std::string& report) {
  if (!table.empty()) return FoundPath{table, ""};
  if (!report.empty()) {
    const std::string path = absl::StrCat(report, "/", kTable);
    if (!IsThere(path)) {
      return absl::NotFoundError(absl::StrCat(
          "--report=", report, ": expected a report's directory, found no ",
          kTable, " in it"));
    }
    return FoundPath{path, absl::StrCat("report: ", report)};
  }
  auto found = FirstWith(kTable, "--report=", " or give --table or --report");
  if (found.ok()) found->path = absl::StrCat(found->path, "/", kTable);
  return found;
}

absl::StatusOr<FoundPath> FindReport(const std::string& report) {
  if (!report.empty()) return FoundPath{report, ""};
  return FirstWith(kManifest, "robbench verify ", " or name its directory");
}

}  // namespace robbench

#include "analysis/report/verify_report.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/report/manifest.h"
#include "analysis/report/manifest.pb.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/table.pb.h"
#include "analysis/table/table_gap.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {
namespace {

namespace fs = std::filesystem;

constexpr char kStatistics[] = "tables/statistics.binpb";
constexpr char kClaims[] = "tables/claims.binpb";
constexpr char kWidthStudy[] = "tables/width_study.binpb";
constexpr char kBoundStudy[] = "tables/bound_study.binpb";

class Verifier {
 public:
  Verifier(const std::string& directory, const Manifest& manifest,
           Verification& result)
      : directory_(directory), manifest_(manifest), result_(result) {}

  absl::Status Run() {
    ROBBENCH_RETURN_IF_ERROR(ListFiles());
    for (const FileDigest& output : manifest_.outputs()) CheckFile(output);
    result_.extra.assign(found_.begin(), found_.end());
    CheckOrigins();
    std::stable_sort(
        result_.findings.begin(), result_.findings.end(),
        [](const auto& a, const auto& b) { return a.file < b.file; });
    return absl::OkStatus();
  }

 private:
  void Add(const std::string& file, const std::string& what,
           const std::string& detail) {
    result_.findings.push_back({file, what, detail});
  }

  // Lists everything in the directory but folders and the manifest. A link is
  // not followed, as what it leads to is not in the directory.
  absl::Status ListFiles() {
    std::error_code error;
    for (fs::recursive_directory_iterator at(directory_, error), end;
         !error && at != end; at.increment(error)) {
      if (at->is_directory(error) && !at->is_symlink(error)) continue;
      const std::string name =
          fs::path(at->path()).lexically_relative(directory_).generic_string();
      if (name != kManifestName) found_.insert(name);
    }
    if (error) {
      return absl::NotFoundError(
          absl::StrCat(directory_, ": ", error.message()));
    }
    return absl::OkStatus();
  }

  void CheckFile(const FileDigest& expected) {
    const std::string& name = expected.name();
    if (found_.erase(name) == 0) {
      Add(name, "missing", "");
      return;
    }
    const std::string path = absl::StrCat(directory_, "/", name);
    if (fs::is_symlink(path)) {
      Add(name, "changed", "expected a file, found a link");
      return;
    }
    const auto bytes = ReadFile(path);
    if (!bytes.ok()) {
      Add(name, "changed", std::string(bytes.status().message()));
      return;
    }
    if (bytes->size() != expected.bytes()) {
      Add(name, "changed",
          absl::StrCat("expected ", expected.bytes(), " bytes, found ",
                       bytes->size()));
      return;
    }
    const std::string digest = Sha256(*bytes);
    if (digest != expected.sha256()) {
      Add(name, "changed",
          absl::StrCat("expected SHA-256 ", expected.sha256(), ", found ",
                       digest));
      return;
    }
    ++result_.files;
    result_.bytes += bytes->size();
    digests_[name] = digest;
    for (const char* record :
         {kManifestTable, kStatistics, kClaims, kWidthStudy, kBoundStudy}) {
      if (name == record) kept_[name] = *bytes;
    }
  }

  void ExpectInput(const std::string& file, const InputDigest& origin) {
    for (const FileDigest& input : manifest_.inputs()) {
      if (input.sha256() == origin.sha256()) return;
    }
    Add(file, "foreign",
        absl::StrCat("its ", origin.role(), " has SHA-256 ", origin.sha256(),
                     ", which is no input of the manifest"));
  }

  // Checks only records whose bytes are as the manifest says.
  void CheckOrigins() {
    if (const auto found = kept_.find(kManifestTable); found != kept_.end()) {
      CheckTable(found->second);
    }
    CheckStudy<WidthStudyRecord>(kWidthStudy);
    CheckStudy<BoundStudyRecord>(kBoundStudy);
    CheckClaims();
    const auto found = kept_.find(kStatistics);
    if (found == kept_.end()) return;
    Statistics statistics;
    if (!ParseRecord(kStatistics, found->second, &statistics).ok()) {
      Add(kStatistics, "foreign", "it is no record of statistics");
      return;
    }
    for (const InputDigest& input : statistics.provenance().inputs()) {
      if (input.role() != "table") {
        ExpectInput(kStatistics, input);
      } else if (digests_.contains(kManifestTable) &&
                 digests_[kManifestTable] != input.sha256()) {
        Add(kStatistics, "foreign",
            absl::StrCat("they are of the table with SHA-256 ",
                         input.sha256()));
      }
    }
  }

  // Claims depend on other files of the report, on evaluations and on what
  // people wrote.
  void CheckClaims() {
    const auto found = kept_.find(kClaims);
    if (found == kept_.end()) return;
    Claims claims;
    if (!ParseRecord(kClaims, found->second, &claims).ok()) {
      Add(kClaims, "foreign", "it is no record of claims");
      return;
    }
    std::set<std::string> files;
    for (const auto& [name, digest] : digests_) files.insert(digest);
    for (const InputDigest& input : claims.provenance().inputs()) {
      if (input.role() == "evaluation" || files.contains(input.sha256())) {
        continue;
      }
      ExpectInput(kClaims, input);
    }
  }

  template <typename Record>
  void CheckStudy(const std::string& name) {
    const auto found = kept_.find(name);
    if (found == kept_.end()) return;
    Record study;
    if (!ParseRecord(name, found->second, &study).ok()) {
      Add(name, "foreign", "it is no record of this study");
      return;
    }
    for (const InputDigest& input : study.provenance().inputs()) {
      if (input.role() != "dataset") ExpectInput(name, input);
    }
  }

  void CheckTable(const std::string& bytes) {
    Table table;
    if (!ParseRecord(kManifestTable, bytes, &table).ok()) {
      Add(kManifestTable, "foreign", "it is no benchmark table");
      return;
    }
    // These roles are of files that stages made for each other, so they are no
    // inputs of the report.
    const std::set<std::string> between = {"records", "dataset", "weights"};
    for (const auto* inputs : {&table.provenance().inputs(), &table.inputs()}) {
      for (const InputDigest& input : *inputs) {
        if (!between.contains(input.role())) ExpectInput(kManifestTable, input);
      }
    }
    std::vector<std::string> gaps;
    for (const Gap& gap : table.gaps()) gaps.push_back(GapSentence(gap));
    if (!std::equal(gaps.begin(), gaps.end(), manifest_.gaps().begin(),
                    manifest_.gaps().end())) {
      Add(kManifestTable, "foreign",
          absl::StrCat("it has ", gaps.size(), " gaps, the manifest lists ",
                       manifest_.gaps_size(), " or others"));
    }
    for (const Benchmark& benchmark : table.benchmarks()) {
      // A published benchmark has no profile. The manifest may have that of
      // networks which were trained beside it.
      if (benchmark.published() ||
          benchmark.numeric_profile() == manifest_.numeric_profile()) {
        continue;
      }
      Add(kManifestTable, "foreign",
          absl::StrCat("numeric profile of ", benchmark.dataset().name(),
                       ": expected \"", manifest_.numeric_profile(),
                       "\", found \"", benchmark.numeric_profile(), "\""));
    }
  }

  const std::string& directory_;
  const Manifest& manifest_;
  Verification& result_;
  std::set<std::string> found_;
  std::map<std::string, std::string> digests_, kept_;
};

}  // namespace

absl::StatusOr<Verification> VerifyReport(const std::string& directory) {
  const std::string path = absl::StrCat(directory, "/", kManifestName);
  ROBBENCH_ASSIGN_OR_RETURN(const TextProtoFile<Manifest> file,
                            ReadTextProto<Manifest>(path));
  ROBBENCH_RETURN_IF_ERROR(CheckManifest(path, file.message));
  Verification result;
  result.manifest_sha256 = Sha256(file.bytes);
  ROBBENCH_RETURN_IF_ERROR(Verifier(directory, file.message, result).Run());
  return result;
}

}  // namespace robbench

#include "analysis/report/manifest.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "analysis/table/table.pb.h"
#include "analysis/table/table_gap.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/text_format.h"
#include "nas/base/digest.h"
#include "nas/base/field_error.h"
#include "nas/base/file.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

using FileDigests = google::protobuf::RepeatedPtrField<FileDigest>;

bool IsDigest(const std::string& text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

// Returns whether a path is relative and never leaves the directory.
bool StaysInside(const std::string& name) {
  for (const absl::string_view part : absl::StrSplit(name, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return absl::ascii_iscntrl(c); });
}

absl::Status CheckFiles(const std::string& path, const std::string& field,
                        const FileDigests& files) {
  const std::string* last = nullptr;
  for (const FileDigest& file : files) {
    const std::string where = absl::StrCat(field, "[", file.name(), "]");
    if (!StaysInside(file.name())) {
      return FieldError(path, absl::StrCat(field, ".name"),
                        "a path inside the directory", file.name());
    }
    if (last != nullptr && file.name() <= *last) {
      return FieldError(path, absl::StrCat(field, ".name"),
                        "ascending names, each once",
                        absl::StrCat(file.name(), " after ", *last));
    }
    if (!IsDigest(file.sha256())) {
      return FieldError(path, where + ".sha256",
                        "64 lower-case hexadecimal digits", file.sha256());
    }
    last = &file.name();
  }
  return absl::OkStatus();
}

absl::Status AddDigests(NamedFiles files, FileDigests* digests) {
  std::sort(files.begin(), files.end());
  for (const auto& [name, path] : files) {
    ROBBENCH_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
    FileDigest& digest = *digests->Add();
    digest.set_name(name);
    digest.set_bytes(bytes.size());
    digest.set_sha256(Sha256(bytes));
  }
  return absl::OkStatus();
}

absl::Status AddGaps(const NamedFiles& outputs, Manifest& manifest) {
  for (const auto& [name, path] : outputs) {
    if (name != kManifestTable) continue;
    ROBBENCH_ASSIGN_OR_RETURN(const auto table, ReadRecord<Table>(path));
    for (const Gap& gap : table.gaps()) manifest.add_gaps(GapSentence(gap));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckManifest(const std::string& path, const Manifest& manifest) {
  if (manifest.schema_version() != kSchemaVersion) {
    return FieldError(path, "schema_version", absl::StrCat(kSchemaVersion),
                      absl::StrCat(manifest.schema_version()));
  }
  if (manifest.outputs().empty()) {
    return FieldError(path, "outputs", "at least one", "none");
  }
  for (const FileDigest& output : manifest.outputs()) {
    if (output.name() == kManifestName) {
      return FieldError(path, "outputs.name", "any file but the manifest",
                        output.name());
    }
  }
  ROBBENCH_RETURN_IF_ERROR(CheckFiles(path, "inputs", manifest.inputs()));
  return CheckFiles(path, "outputs", manifest.outputs());
}

absl::StatusOr<Manifest> MakeManifest(const std::string& numeric_profile,
                                      const NamedFiles& inputs,
                                      const NamedFiles& outputs) {
  Manifest manifest;
  manifest.set_schema_version(kSchemaVersion);
  manifest.set_numeric_profile(numeric_profile);
  ROBBENCH_RETURN_IF_ERROR(AddDigests(inputs, manifest.mutable_inputs()));
  ROBBENCH_RETURN_IF_ERROR(AddDigests(outputs, manifest.mutable_outputs()));
  ROBBENCH_RETURN_IF_ERROR(AddGaps(outputs, manifest));
  ROBBENCH_RETURN_IF_ERROR(CheckManifest(kManifestName, manifest));
  return manifest;
}

std::string ManifestText(const Manifest& manifest) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(manifest, &text);
  return absl::StrCat(
      "# What this directory holds and what it was computed from.\n"
      "# Check it by: robbench verify DIRECTORY\n"
      "# proto-file: analysis/report/manifest.proto\n"
      "# proto-message: Manifest\n",
      text);
}

}  // namespace robbench

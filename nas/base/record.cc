#include "nas/base/record.h"

#include <algorithm>
#include <climits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/unknown_field_set.h"
#include "nas/base/digest.h"
#include "nas/base/file_kind.h"
#include "nas/base/utf8.h"

namespace robbench {
namespace {

bool HasUnknownFields(const google::protobuf::Message& message) {
  const auto* reflection = message.GetReflection();
  if (!reflection->GetUnknownFields(message).empty()) return true;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() !=
        google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    }
    if (!field->is_repeated()) {
      if (HasUnknownFields(reflection->GetMessage(message, field))) return true;
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      if (HasUnknownFields(reflection->GetRepeatedMessage(message, field, i))) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

Provenance MakeProvenance(
    absl::string_view producer, absl::string_view numeric_profile,
    const std::vector<std::pair<std::string, absl::string_view>>& inputs) {
  Provenance provenance;
  provenance.set_schema_version(kSchemaVersion);
  provenance.set_producer(std::string(producer));
  provenance.set_numeric_profile(std::string(numeric_profile));
  std::vector<std::pair<std::string, std::string>> digests;
  for (const auto& [role, bytes] : inputs) {
    digests.emplace_back(role, Sha256(bytes));
  }
  std::sort(digests.begin(), digests.end());
  for (const auto& [role, digest] : digests) {
    InputDigest* input = provenance.add_inputs();
    input->set_role(role);
    input->set_sha256(digest);
  }
  return provenance;
}

std::string InputOfRole(const Provenance& provenance, absl::string_view role) {
  for (const InputDigest& input : provenance.inputs()) {
    if (input.role() == role) return input.sha256();
  }
  return "";
}

std::string SerializeRecord(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

absl::Status ParseRecord(const std::string& path, absl::string_view bytes,
                         google::protobuf::Message* message) {
  const std::string& kind = message->GetDescriptor()->name();
  message->Clear();
  const bool parsed = bytes.size() <= INT_MAX &&
                      message->ParsePartialFromArray(
                          bytes.data(), static_cast<int>(bytes.size()));
  if (!parsed) {
    return absl::DataLossError(
        absl::StrCat(path, ": not a valid ", kind, " (", bytes.size(),
                     " bytes; truncated or foreign)", LooksLike(bytes)));
  }
  if (!message->IsInitialized()) {
    return absl::DataLossError(
        absl::StrCat(path, ": ", kind, " without required fields: ",
                     message->InitializationErrorString(), LooksLike(bytes)));
  }
  if (HasUnknownFields(*message)) {
    return absl::DataLossError(
        absl::StrCat(path, ": ", kind, " with fields that it does not have",
                     LooksLike(bytes)));
  }
  return CheckUtf8(path, *message);
}

absl::Status CheckSchema(const std::string& path,
                         const Provenance& provenance) {
  if (provenance.schema_version() == kSchemaVersion) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(path, ": provenance.schema_version: expected ",
                   kSchemaVersion, ", found ", provenance.schema_version()));
}

}  // namespace robbench

#include "nas/base/utf8.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "nas/base/field_error.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

absl::Status Check(const std::string& path, const std::string& prefix,
                   const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool is_text = field->type() == FieldDescriptor::TYPE_STRING;
    if (!is_text && field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    }
    const int size =
        field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      const auto name = [&] {
        return absl::StrCat(
            prefix, field->name(),
            field->is_repeated() ? absl::StrCat("[", i, "]") : "");
      };
      if (is_text) {
        std::string scratch;
        const std::string& text =
            field->is_repeated()
                ? reflection.GetRepeatedStringReference(message, field, i,
                                                        &scratch)
                : reflection.GetStringReference(message, field, &scratch);
        if (IsUtf8(text)) continue;
        return FieldError(
            path, name(), "text in UTF-8",
            absl::StrCat("\"", absl::CHexEscape(text.substr(0, 40)), "\""));
      }
      const Message& part =
          field->is_repeated()
              ? reflection.GetRepeatedMessage(message, field, i)
              : reflection.GetMessage(message, field);
      // The name is put together only where it is needed.
      if (Check(path, "", part).ok()) continue;
      return Check(path, name() + ".", part);
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool IsUtf8(absl::string_view text) {
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return true;
  try {
    nlohmann::json(std::string(text)).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

absl::Status CheckUtf8(const std::string& path, const Message& message) {
  return Check(path, "", message);
}

}  // namespace robbench

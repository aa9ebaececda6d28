#include "tools/robbench/format.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/text/escape.h"
#include "analysis/text/number_format.h"
#include "google/protobuf/descriptor.h"
#include "nas/base/program.h"

namespace robbench {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;
using Json = ::nlohmann::ordered_json;

Json Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

// Returns the value of a field, or of its element `i` if it is repeated.
Json Value(const Message& message, const FieldDescriptor* field, int i) {
  const Reflection& r = *message.GetReflection();
  const bool repeated = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return repeated ? r.GetRepeatedInt32(message, field, i)
                      : r.GetInt32(message, field);
    case FieldDescriptor::CPPTYPE_INT64:
      return repeated ? r.GetRepeatedInt64(message, field, i)
                      : r.GetInt64(message, field);
    case FieldDescriptor::CPPTYPE_UINT32:
      return repeated ? r.GetRepeatedUInt32(message, field, i)
                      : r.GetUInt32(message, field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return repeated ? r.GetRepeatedUInt64(message, field, i)
                      : r.GetUInt64(message, field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Number(repeated ? r.GetRepeatedDouble(message, field, i)
                             : r.GetDouble(message, field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Number(repeated ? r.GetRepeatedFloat(message, field, i)
                             : r.GetFloat(message, field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return repeated ? r.GetRepeatedBool(message, field, i)
                      : r.GetBool(message, field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return (repeated ? r.GetRepeatedEnum(message, field, i)
                       : r.GetEnum(message, field))
          ->name();
    case FieldDescriptor::CPPTYPE_STRING:
      return repeated ? r.GetRepeatedString(message, field, i)
                      : r.GetString(message, field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ToJson(repeated ? r.GetRepeatedMessage(message, field, i)
                             : r.GetMessage(message, field));
  }
  return nullptr;
}

std::string CsvField(const std::string& head, const Json& value) {
  if (value.is_null()) return "";
  if (value.is_number_float()) return ShortestNumber(value.get<double>());
  if (value.is_array()) {
    std::string list;
    for (const Json& element : value) {
      absl::StrAppend(&list, list.empty() ? "" : " ", CsvField("", element));
    }
    return list;
  }
  if (!value.is_string()) return value.dump();
  std::string text = value.get<std::string>();
  if (head == "code" || absl::EndsWith(head, "_code")) return CsvCode(text);
  if (text == "Infinity") return "inf";
  if (text == "-Infinity") return "-inf";
  return text;
}

}  // namespace

absl::StatusOr<OutputFormat> ParseOutputFormat(absl::string_view text) {
  if (text == "text") return OutputFormat::kText;
  if (text == "json") return OutputFormat::kJson;
  if (text == "csv") return OutputFormat::kCsv;
  return UsageError(absl::StrCat(
      "--format: expected text, json or csv, found \"", text, "\""));
}

nlohmann::ordered_json ToJson(const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  Json json = Json::object();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->is_repeated()) {
      Json& array = json[field->name()] = Json::array();
      const int size = reflection.FieldSize(message, field);
      for (int j = 0; j < size; ++j) array.push_back(Value(message, field, j));
    } else if (reflection.HasField(message, field)) {
      json[field->name()] = Value(message, field, 0);
    }
  }
  return json;
}

std::string Dump(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace) +
         "\n";
}

std::string Csv(const std::vector<std::string>& heads, const Json& objects) {
  std::string text = CsvLine(heads);
  for (const Json& object : objects) {
    std::vector<std::string> fields;
    for (const std::string& head : heads) {
      const auto value = object.find(head);
      fields.push_back(value == object.end() ? "" : CsvField(head, *value));
    }
    absl::StrAppend(&text, CsvLine(fields));
  }
  return text;
}

}  // namespace robbench

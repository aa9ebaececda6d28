#include "nas/base/text_proto.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "nas/base/file_kind.h"
#include "nas/base/utf8.h"

namespace robbench {
namespace {

class ErrorList : public google::protobuf::io::ErrorCollector {
 public:
  explicit ErrorList(const std::string& path) : path_(path) {}

  void AddError(int line, int column, const std::string& message) override {
    errors_.push_back(line < 0 ? absl::StrCat(path_, ": ", message)
                               : absl::StrCat(path_, ":", line + 1, ":",
                                              column + 1, ": ", message));
  }

  std::string Join() const { return absl::StrJoin(errors_, "; "); }

 private:
  const std::string& path_;
  std::vector<std::string> errors_;
};

}  // namespace

absl::Status ParseTextProto(const std::string& path, absl::string_view text,
                            google::protobuf::Message* message) {
  ErrorList errors(path);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.SetRecursionLimit(32);
  absl::ConsumePrefix(&text, kByteOrderMark);
  if (parser.ParseFromString(std::string(text), message)) {
    return CheckUtf8(path, *message);
  }
  return absl::InvalidArgumentError(
      absl::StrCat(errors.Join(), LooksLike(text)));
}

}  // namespace robbench

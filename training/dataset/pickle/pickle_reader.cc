#include "training/dataset/pickle/pickle_reader.h"

#include <cstddef>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "nas/base/status_macros.h"

namespace robbench {

std::string PickleReader::Located(absl::string_view problem) const {
  return absl::StrCat(path_, ": pickle offset ", offset_, ": ",
                      PickleOpcodeName(opcode_), ": ", problem);
}

absl::Status PickleReader::Error(absl::string_view problem) const {
  return absl::InvalidArgumentError(Located(problem));
}

absl::Status PickleReader::Truncated(absl::string_view problem) const {
  return absl::DataLossError(absl::StrCat(Located(problem), ": truncated"));
}

absl::Status PickleReader::NextOpcode() {
  offset_ = position_;
  if (left() == 0) {
    return absl::DataLossError(
        absl::StrCat(path_, ": pickle offset ", offset_,
                     ": expected an opcode, found the end of the file: "
                     "truncated"));
  }
  opcode_ = bytes_[position_++];
  return absl::OkStatus();
}

absl::Status PickleReader::Take(uint64_t size, absl::string_view* out) {
  if (size > left()) {
    return Truncated(
        absl::StrCat("expected ", size, " more bytes, found ", left()));
  }
  *out = bytes_.substr(position_, size);
  position_ += size;
  return absl::OkStatus();
}

absl::Status PickleReader::TakeNumber(int size, uint64_t* out) {
  absl::string_view bytes;
  ROBBENCH_RETURN_IF_ERROR(Take(size, &bytes));
  *out = 0;
  std::memcpy(out, bytes.data(), size);  // little-endian host
  return absl::OkStatus();
}

absl::Status PickleReader::TakeLine(absl::string_view* out) {
  const size_t end = bytes_.find('\n', position_);
  if (end == absl::string_view::npos) {
    return Truncated("expected a line, found the end of the file");
  }
  *out = bytes_.substr(position_, end - position_);
  position_ = end + 1;
  return absl::OkStatus();
}

}  // namespace robbench

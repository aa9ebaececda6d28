#include "training/dataset/idx.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nas/base/file.h"
#include "nas/base/status_macros.h"
#include "training/dataset/gzip.h"

namespace robbench {
namespace {

// More than the largest published set in this format (EMNIST), which has
// 550 MB.
constexpr uint64_t kMaxBytes = uint64_t{1} << 30;

uint32_t BigEndian(absl::string_view bytes, size_t position) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    value = value << 8 | static_cast<uint8_t>(bytes[position + i]);
  }
  return value;
}

}  // namespace

absl::StatusOr<IdxArray> ParseIdx(const std::string& path,
                                  absl::string_view bytes, int dimensions) {
  const size_t header = 4 + 4 * static_cast<size_t>(dimensions);
  if (bytes.size() < 4) {
    return absl::DataLossError(
        absl::StrCat(path, ": IDX magic: expected 4 bytes, found ",
                     bytes.size(), ": truncated"));
  }
  const uint32_t expected = 0x0800 + static_cast<uint32_t>(dimensions);
  const uint32_t magic = BigEndian(bytes, 0);
  if (magic != expected) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s: IDX magic: expected 0x%08x (bytes, %d dimensions), found 0x%08x",
        path, expected, dimensions, magic));
  }
  if (bytes.size() < header) {
    return absl::DataLossError(absl::StrCat(path, ": IDX header: expected ",
                                            header, " bytes, found ",
                                            bytes.size(), ": truncated"));
  }
  IdxArray array;
  uint64_t elements = 1;
  for (int i = 0; i < dimensions; ++i) {
    const uint32_t size = BigEndian(bytes, 4 + 4 * i);
    if (size == 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ": IDX dimension ", i, ": expected at least 1, found 0"));
    }
    // The product cannot overflow, as `elements` is at most kMaxBytes.
    elements *= size;
    if (elements > kMaxBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": IDX dimension ", i, ": found ", size,
                       ", which makes more than ", kMaxBytes, " elements"));
    }
    array.shape.push_back(size);
  }
  const uint64_t found = bytes.size() - header;
  if (found != elements) {
    return absl::DataLossError(
        absl::StrCat(path, ": IDX data: expected ", elements, " bytes, found ",
                     found, found < elements ? ": truncated" : ": too long"));
  }
  array.bytes = std::string(bytes.substr(header));
  return array;
}

absl::StatusOr<IdxArray> ReadIdx(const std::string& path, int dimensions) {
  ROBBENCH_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, kMaxBytes));
  if (IsGzip(bytes)) {
    ROBBENCH_ASSIGN_OR_RETURN(bytes, Gunzip(path, bytes, kMaxBytes));
  }
  return ParseIdx(path, bytes, dimensions);
}

}  // namespace robbench

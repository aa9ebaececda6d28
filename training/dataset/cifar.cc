#include "training/dataset/cifar.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/file.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

constexpr int64_t kPixels = kCifarChannels * kCifarImageSize * kCifarImageSize;
constexpr int kCoarseClasses = 20;
// More than either set has as a whole, which is 185 MB.
constexpr uint64_t kMaxBytes = uint64_t{1} << 30;

absl::Status CheckLabel(const std::string& path, int64_t record,
                        absl::string_view field, int64_t label, int classes) {
  if (label < classes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": record ", record, ": ", field, ": expected 0 to ",
                   classes - 1, ", found ", label));
}

}  // namespace

int CifarClasses(CifarKind kind) {
  return kind == CifarKind::kCifar10 ? 10 : 100;
}

absl::StatusOr<CifarRecords> ParseCifar(const std::string& path,
                                        absl::string_view bytes,
                                        CifarKind kind) {
  const bool coarse = kind == CifarKind::kCifar100;
  const int64_t size = kPixels + (coarse ? 2 : 1);
  const int64_t found = static_cast<int64_t>(bytes.size());
  if (found == 0 || found % size != 0) {
    return absl::DataLossError(
        absl::StrCat(path, ": expected whole records of ", size,
                     " bytes each, "
                     "found ",
                     found, " bytes: ", found / size, " records and ",
                     found % size, " bytes"));
  }
  const int64_t count = found / size;
  CifarRecords records;
  records.images.pixels.reserve(count * kPixels);
  records.images.labels.reserve(count);
  for (int64_t i = 0; i < count; ++i) {
    absl::string_view record = bytes.substr(i * size, size);
    if (coarse) {
      const int64_t label = static_cast<uint8_t>(record[0]);
      ROBBENCH_RETURN_IF_ERROR(
          CheckLabel(path, i, "coarse label", label, kCoarseClasses));
      records.coarse_labels.push_back(label);
      record.remove_prefix(1);
    }
    const int64_t label = static_cast<uint8_t>(record[0]);
    ROBBENCH_RETURN_IF_ERROR(CheckLabel(
        path, i, coarse ? "fine label" : "label", label, CifarClasses(kind)));
    records.images.labels.push_back(label);
    records.images.pixels.append(record.data() + 1, kPixels);
  }
  return records;
}

absl::StatusOr<CifarRecords> ReadCifar(const std::string& path,
                                       CifarKind kind) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxBytes));
  return ParseCifar(path, bytes, kind);
}

}  // namespace robbench

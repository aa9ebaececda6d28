// The safetensors format: 8 bytes little-endian header length, a JSON header
// {"__metadata__": {..}, NAME: {"dtype", "shape", "data_offsets"}}, raw data.
//
// The reader trusts nothing: header length against the file, shapes against
// offsets (with overflow checks), no gaps, no overlap, known dtypes only.
// The writer gives the reference implementation's bytes: tensors by descending
// dtype, then name; metadata sorted.
#ifndef NAS_BASE_SAFETENSORS_H_
#define NAS_BASE_SAFETENSORS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

// In the reference implementation's order, which the writer follows.
// The stages write and want U8, I32, I64, F32 and F64; the others may be in a
// file.
enum class DType {
  kBool,
  kU8,
  kI8,
  kF8E5M2,
  kF8E4M3,
  kF8E8M0,
  kI16,
  kU16,
  kF16,
  kBF16,
  kI32,
  kU32,
  kF32,
  kC64,
  kF64,
  kI64,
  kU64
};

int64_t ByteSize(DType dtype);
absl::string_view DTypeName(DType dtype);  // "U8", "I32", ...

struct TensorEntry {
  DType dtype;
  std::vector<int64_t> shape;
  absl::string_view data;  // row-major, little-endian; points into the file

  int64_t NumElements() const;
};

// A parsed file; entries point into `bytes`, which it owns. Move-only.
class SafetensorsFile {
 public:
  // `path` is only for messages.
  static absl::StatusOr<SafetensorsFile> Parse(std::string path,
                                               std::string bytes);
  static absl::StatusOr<SafetensorsFile> Read(const std::string& path);

  SafetensorsFile(SafetensorsFile&&) = default;
  SafetensorsFile& operator=(SafetensorsFile&&) = default;

  const std::string& path() const { return path_; }
  absl::string_view bytes() const { return *bytes_; }
  const std::map<std::string, TensorEntry>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const {
    return metadata_;
  }

  // NotFound naming file and tensor; InvalidArgument when the dtype or the
  // shape is another (-1 in `shape` takes any size).
  absl::StatusOr<TensorEntry> Get(const std::string& name, DType dtype,
                                  const std::vector<int64_t>& shape) const;
  absl::StatusOr<std::string> Metadata(const std::string& key) const;

 private:
  SafetensorsFile() = default;
  std::string path_;
  std::unique_ptr<const std::string> bytes_;
  std::map<std::string, TensorEntry> tensors_;
  std::map<std::string, std::string> metadata_;
};

// Bytes of a file with these tensors. Each entry's data must have the size of
// its shape (CHECKed: a programmer's error).
std::string WriteSafetensors(
    const std::map<std::string, TensorEntry>& tensors,
    const std::map<std::string, std::string>& metadata = {});

}  // namespace robbench

#endif  // NAS_BASE_SAFETENSORS_H_

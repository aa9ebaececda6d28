#include "training/dataset/pickle/pickle.h"

#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/file.h"
#include "nas/base/status_macros.h"
#include "training/dataset/pickle/pickle_machine.h"
#include "training/dataset/pickle/pickle_numpy.h"
#include "training/dataset/pickle/pickle_values.h"

namespace robbench {
namespace {

// A batch of ImageNet16 has some 100 MB.
constexpr uint64_t kMaxBytes = uint64_t{1} << 30;

}  // namespace

absl::StatusOr<PickledDict> PickledDict::Parse(std::string path,
                                               std::string bytes) {
  auto values = std::make_unique<PickleValues>();
  values->bytes = std::move(bytes);
  ROBBENCH_RETURN_IF_ERROR(RunPickle(path, *values));
  PickledDict dict;
  dict.path_ = std::move(path);
  dict.values_ = std::move(values);
  return dict;
}

absl::StatusOr<PickledDict> PickledDict::Read(const std::string& path) {
  ROBBENCH_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, kMaxBytes));
  return Parse(path, std::move(bytes));
}

absl::StatusOr<PickleValue> PickledDict::Find(absl::string_view key) const {
  const std::vector<PickleValue>& items = values_->Sequence(values_->top);
  const PickleValue* found = nullptr;
  for (size_t i = 0; i < items.size(); i += 2) {
    if (!IsPickledString(items[i]) || values_->String(items[i]) != key) {
      continue;
    }
    if (found != nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(path_, ": key '", key, "' appears twice"));
    }
    found = &items[i + 1];
  }
  if (found == nullptr) {
    return absl::NotFoundError(
        absl::StrCat(path_, ": key '", key, "' is missing"));
  }
  return *found;
}

absl::StatusOr<PickledArray> PickledDict::Array(absl::string_view key) const {
  ROBBENCH_ASSIGN_OR_RETURN(const PickleValue value, Find(key));
  if (value.kind != PickleKind::kArray ||
      !values_->arrays[value.payload].complete) {
    return absl::InvalidArgumentError(absl::StrCat(
        path_, ": key '", key, "': expected an array, found ",
        value.kind == PickleKind::kArray ? "one without state"
                                         : PickleKindName(value.kind)));
  }
  const PickleValues::Array& array = values_->arrays[value.payload];
  const PickleValues::DType& dtype = values_->dtypes[array.dtype];
  return PickledArray{std::string(PickledDTypeCode(dtype)), array.shape,
                      array.fortran_order, dtype.big_endian, array.data};
}

absl::StatusOr<std::vector<int64_t>> PickledDict::Integers(
    absl::string_view key) const {
  ROBBENCH_ASSIGN_OR_RETURN(const PickleValue value, Find(key));
  std::vector<int64_t> integers;
  if (value.kind == PickleKind::kArray) {
    ROBBENCH_ASSIGN_OR_RETURN(const PickledArray array, Array(key));
    const PickleValues::Array& found = values_->arrays[value.payload];
    const PickleValues::DType& dtype = values_->dtypes[found.dtype];
    const int64_t size = PickledDTypeSize(dtype);
    if (!IsPickledInteger(dtype) || array.shape.size() != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat(path_, ": key '", key,
                       "': expected integers of one dimension, found ",
                       array.dtype, " of ", array.shape.size()));
    }
    integers.reserve(array.shape[0]);
    for (int64_t i = 0; i < array.shape[0]; ++i) {
      integers.push_back(
          PickledInteger(dtype, array.data.substr(i * size, size)));
    }
    return integers;
  }
  if (value.kind != PickleKind::kList && value.kind != PickleKind::kTuple) {
    return absl::InvalidArgumentError(absl::StrCat(
        path_, ": key '", key,
        "': expected a list, a tuple or an array of integers, found ",
        PickleKindName(value.kind)));
  }
  integers.reserve(values_->Sequence(value).size());
  for (const PickleValue& item : values_->Sequence(value)) {
    if (item.kind != PickleKind::kInteger) {
      return absl::InvalidArgumentError(absl::StrCat(
          path_, ": key '", key, "': item ", integers.size(),
          ": expected an integer, found ", PickleKindName(item.kind)));
    }
    integers.push_back(item.payload);
  }
  return integers;
}

}  // namespace robbench

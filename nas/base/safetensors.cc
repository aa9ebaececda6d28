#include "nas/base/safetensors.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nas/base/file.h"
#include "nas/base/file_kind.h"
#include "nas/base/status_macros.h"
#include "nas/base/utf8.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxHeader = 100'000'000;  // the reference reader's limit

struct DTypeInfo {
  DType dtype;
  const char* name;
  int64_t size;
};

constexpr DTypeInfo kDTypes[] = {
    {DType::kBool, "BOOL", 1},      {DType::kU8, "U8", 1},
    {DType::kI8, "I8", 1},          {DType::kF8E5M2, "F8_E5M2", 1},
    {DType::kF8E4M3, "F8_E4M3", 1}, {DType::kF8E8M0, "F8_E8M0", 1},
    {DType::kI16, "I16", 2},        {DType::kU16, "U16", 2},
    {DType::kF16, "F16", 2},        {DType::kBF16, "BF16", 2},
    {DType::kI32, "I32", 4},        {DType::kU32, "U32", 4},
    {DType::kF32, "F32", 4},        {DType::kC64, "C64", 8},
    {DType::kF64, "F64", 8},        {DType::kI64, "I64", 8},
    {DType::kU64, "U64", 8},
};

const DTypeInfo& Info(DType dtype) {
  return *std::find_if(std::begin(kDTypes), std::end(kDTypes),
                       [&](const auto& info) { return info.dtype == dtype; });
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

// Refuses duplicate keys, which nlohmann's DOM would resolve in silence, and
// nesting deeper than the format has.
class StrictSax : public nlohmann::detail::json_sax_dom_parser<Json> {
 public:
  using Base = nlohmann::detail::json_sax_dom_parser<Json>;
  explicit StrictSax(Json& root) : Base(root, /*allow_exceptions=*/false) {}

  bool start_object(std::size_t n) {
    keys_.emplace_back();
    return ++depth_ <= 4 && Base::start_object(n);
  }
  bool end_object() {
    keys_.pop_back();
    --depth_;
    return Base::end_object();
  }
  bool start_array(std::size_t n) {
    return ++depth_ <= 4 && Base::start_array(n);
  }
  bool end_array() {
    --depth_;
    return Base::end_array();
  }
  bool key(std::string& key) {
    if (!keys_.back().emplace(key, 0).second) {
      duplicate = key;
      return false;
    }
    return Base::key(key);
  }

  std::string duplicate;

 private:
  int depth_ = 0;
  std::vector<std::map<std::string, int>> keys_;
};

// A non-negative integer of a JSON value, or an error naming `what`.
absl::StatusOr<int64_t> Integer(const Json& value, const std::string& what) {
  if (!value.is_number_unsigned() ||
      value.get<uint64_t>() >
          static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return absl::InvalidArgumentError(absl::StrCat(
        what, ": expected a non-negative integer, found ", value.dump()));
  }
  return value.get<int64_t>();
}

}  // namespace

int64_t ByteSize(DType dtype) { return Info(dtype).size; }

absl::string_view DTypeName(DType dtype) { return Info(dtype).name; }

int64_t TensorEntry::NumElements() const {
  int64_t n = 1;
  for (const int64_t d : shape) n *= d;
  return n;
}

absl::StatusOr<SafetensorsFile> SafetensorsFile::Read(const std::string& path) {
  ROBBENCH_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
  return Parse(path, std::move(bytes));
}

absl::StatusOr<SafetensorsFile> SafetensorsFile::Parse(std::string path,
                                                       std::string bytes) {
  SafetensorsFile file;
  file.path_ = std::move(path);
  file.bytes_ = std::make_unique<const std::string>(std::move(bytes));
  const absl::string_view all = *file.bytes_;
  const auto error = [&](auto&&... parts) {
    return absl::InvalidArgumentError(absl::StrCat(file.path_, ": ", parts...));
  };

  if (all.size() < 8) {
    return error("expected at least 8 bytes of header length, found ",
                 all.size(), LooksLike(all));
  }
  uint64_t header_size;
  std::memcpy(&header_size, all.data(), 8);  // little-endian host
  if (header_size > kMaxHeader || header_size > all.size() - 8) {
    return error("header length: expected at most ",
                 std::min<uint64_t>(kMaxHeader, all.size() - 8), ", found ",
                 header_size, LooksLike(all));
  }
  const absl::string_view header_text = all.substr(8, header_size);
  const absl::string_view data = all.substr(8 + header_size);

  // The parser would skip a byte order mark, and would take a zero for the end.
  if (header_text.find('\0') != absl::string_view::npos ||
      absl::StartsWith(header_text, kByteOrderMark)) {
    return error(
        "header: expected a JSON object of tensors, found a zero or a "
        "byte order mark");
  }
  Json header;
  StrictSax sax(header);
  if (!Json::sax_parse(header_text.begin(), header_text.end(), &sax) ||
      !header.is_object()) {
    return sax.duplicate.empty()
               ? error("header: expected a JSON object of tensors",
                       LooksLike(all))
               : error("header: tensor '", sax.duplicate, "' appears twice");
  }

  std::vector<std::pair<int64_t, int64_t>> ranges;
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      if (value.is_null()) continue;
      if (!value.is_object()) return error("__metadata__: expected an object");
      for (const auto& [key, text] : value.items()) {
        if (!text.is_string()) {
          return error("__metadata__.", key, ": expected a string");
        }
        file.metadata_[key] = text.get<std::string>();
      }
      continue;
    }
    const std::string where = absl::StrCat(file.path_, ": tensor '", name, "'");
    if (!value.is_object() || !value.contains("dtype") ||
        !value.contains("shape") || !value.contains("data_offsets")) {
      return absl::InvalidArgumentError(absl::StrCat(
          where, ": expected the fields dtype, shape and data_offsets"));
    }
    TensorEntry entry;
    const Json& dtype = value["dtype"];
    const auto* info = std::find_if(
        std::begin(kDTypes), std::end(kDTypes),
        [&](const auto& i) { return dtype.is_string() && dtype == i.name; });
    if (info == std::end(kDTypes)) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ".dtype: expected one of ",
                       absl::StrJoin(kDTypes, ", ",
                                     [](std::string* out, const auto& i) {
                                       absl::StrAppend(out, i.name);
                                     }),
                       ", found ", dtype.dump()));
    }
    entry.dtype = info->dtype;

    const Json& shape = value["shape"];
    if (!shape.is_array()) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ".shape: expected a list of sizes"));
    }
    int64_t size = info->size;
    for (const Json& d : shape) {
      ROBBENCH_ASSIGN_OR_RETURN(const int64_t n,
                                Integer(d, absl::StrCat(where, ".shape")));
      if (__builtin_mul_overflow(size, n, &size)) {
        return absl::InvalidArgumentError(
            absl::StrCat(where, ".shape: ", shape.dump(), " overflows"));
      }
      entry.shape.push_back(n);
    }

    const Json& offsets = value["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ".data_offsets: expected [begin, end]"));
    }
    const std::string field = absl::StrCat(where, ".data_offsets");
    ROBBENCH_ASSIGN_OR_RETURN(const int64_t begin, Integer(offsets[0], field));
    ROBBENCH_ASSIGN_OR_RETURN(const int64_t end, Integer(offsets[1], field));
    if (begin > end || end > static_cast<int64_t>(data.size())) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ": expected a range within ", data.size(),
                       " bytes, found [", begin, ", ", end, "]"));
    }
    if (end - begin != size) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ": expected ", size, " bytes for shape ",
                       shape.dump(), ", found ", end - begin));
    }
    entry.data = data.substr(begin, size);
    ranges.emplace_back(begin, end);
    file.tensors_.emplace(name, std::move(entry));
  }

  std::sort(ranges.begin(), ranges.end());
  int64_t position = 0;
  for (const auto& [begin, end] : ranges) {
    if (begin != position) {
      return error("data_offsets: expected a tensor at ", position, ", found ",
                   begin < position ? "an overlap" : "a gap", " at ", begin);
    }
    position = end;
  }
  if (position != static_cast<int64_t>(data.size())) {
    return error("expected ", position, " bytes of data, found ", data.size());
  }
  return file;
}

absl::StatusOr<TensorEntry> SafetensorsFile::Get(
    const std::string& name, DType dtype,
    const std::vector<int64_t>& shape) const {
  const auto it = tensors_.find(name);
  if (it == tensors_.end()) {
    return absl::NotFoundError(
        absl::StrCat(path_, ": tensor '", name, "' is missing"));
  }
  const TensorEntry& entry = it->second;
  if (entry.dtype != dtype) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": tensor '", name, "'.dtype: expected ",
                     DTypeName(dtype), ", found ", DTypeName(entry.dtype)));
  }
  bool fits = entry.shape.size() == shape.size();
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    fits = shape[i] == -1 || shape[i] == entry.shape[i];
  }
  if (!fits) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ": tensor '", name, "'.shape: expected ",
                     ShapeText(shape), ", found ", ShapeText(entry.shape)));
  }
  return entry;
}

absl::StatusOr<std::string> SafetensorsFile::Metadata(
    const std::string& key) const {
  const auto it = metadata_.find(key);
  if (it == metadata_.end()) {
    return absl::NotFoundError(
        absl::StrCat(path_, ": __metadata__.", key, " is missing"));
  }
  return it->second;
}

std::string WriteSafetensors(
    const std::map<std::string, TensorEntry>& tensors,
    const std::map<std::string, std::string>& metadata) {
  std::vector<const std::pair<const std::string, TensorEntry>*> order;
  for (const auto& item : tensors) order.push_back(&item);
  std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) {
    return a->second.dtype > b->second.dtype;
  });

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  int64_t offset = 0;
  for (const auto* item : order) {
    const TensorEntry& entry = item->second;
    const int64_t size = entry.NumElements() * ByteSize(entry.dtype);
    if (size != static_cast<int64_t>(entry.data.size())) std::abort();
    header[item->first] = {{"dtype", std::string(DTypeName(entry.dtype))},
                           {"shape", entry.shape},
                           {"data_offsets", {offset, offset + size}}};
    offset += size;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // data starts aligned

  std::string bytes(8, '\0');
  const uint64_t header_size = text.size();
  std::memcpy(bytes.data(), &header_size, 8);
  bytes.reserve(8 + text.size() + offset);
  bytes += text;
  for (const auto* item : order) {
    bytes.append(item->second.data.data(), item->second.data.size());
  }
  return bytes;
}

}  // namespace robbench

#include "training/dataset/dataset.h"

#include <cstring>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "nas/base/field_error.h"
#include "nas/base/name.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

constexpr int kMaxClasses = 100'000;
constexpr int kMaxImageSize = 1024;

std::string NumbersText(const std::vector<double>& numbers) {
  // From 17 digits every double can be read back.
  return absl::StrJoin(numbers, ",", [](std::string* out, double number) {
    absl::StrAppendFormat(out, "%.17g", number);
  });
}

absl::StatusOr<std::vector<double>> ParseNumbers(const SafetensorsFile& file,
                                                 const std::string& key) {
  ROBBENCH_ASSIGN_OR_RETURN(const std::string text, file.Metadata(key));
  std::vector<double> numbers;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    double number;
    if (!absl::SimpleAtod(part, &number)) {
      return FieldError(file.path(), absl::StrCat("metadata.", key),
                        "numbers separated by commas",
                        absl::StrCat("\"", text, "\""));
    }
    numbers.push_back(number);
  }
  return numbers;
}

absl::Status CheckSplit(const std::string& path, absl::string_view name,
                        const Dataset& dataset, const ImageSplit& split) {
  const int64_t pixels = int64_t{dataset.channels} * dataset.image_size *
                         dataset.image_size * split.count();
  if (split.count() == 0) {
    return FieldError(path, absl::StrCat(name, "_images"), "at least one image",
                      "none");
  }
  if (static_cast<int64_t>(split.pixels.size()) != pixels) {
    return FieldError(
        path, absl::StrCat(name, "_images"),
        absl::StrCat(pixels, " bytes for ", split.count(), " labels"),
        split.pixels.size());
  }
  for (int64_t i = 0; i < split.count(); ++i) {
    if (split.labels[i] < 0 || split.labels[i] >= dataset.classes) {
      return FieldError(path, absl::StrCat(name, "_labels[", i, "]"),
                        absl::StrCat("0 to ", dataset.classes - 1),
                        split.labels[i]);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ImageSplit> ParseSplit(const SafetensorsFile& file,
                                      const std::string& name) {
  ROBBENCH_ASSIGN_OR_RETURN(
      const TensorEntry images,
      file.Get(name + "_images", DType::kU8, {-1, -1, -1, -1}));
  ROBBENCH_ASSIGN_OR_RETURN(
      const TensorEntry labels,
      file.Get(name + "_labels", DType::kI64, {images.shape[0]}));
  ImageSplit split;
  split.pixels = std::string(images.data);
  split.labels.resize(labels.shape[0]);
  std::memcpy(split.labels.data(), labels.data.data(), labels.data.size());
  return split;
}

void AddSplit(const std::string& name, const Dataset& dataset,
              const ImageSplit& split,
              std::map<std::string, TensorEntry>& entries) {
  entries[name + "_images"] = {
      DType::kU8,
      {split.count(), dataset.channels, dataset.image_size, dataset.image_size},
      split.pixels};
  entries[name + "_labels"] = {
      DType::kI64,
      {split.count()},
      absl::string_view(reinterpret_cast<const char*>(split.labels.data()),
                        split.labels.size() * sizeof(int64_t))};
}

}  // namespace

absl::Status CheckDataset(const std::string& path, const Dataset& dataset) {
  ROBBENCH_RETURN_IF_ERROR(CheckName(path, "name", dataset.name));
  if (dataset.classes < 2 || dataset.classes > kMaxClasses) {
    return FieldError(path, "classes", absl::StrCat("2 to ", kMaxClasses),
                      dataset.classes);
  }
  if (dataset.image_size < 1 || dataset.image_size > kMaxImageSize) {
    return FieldError(path, "image_size", absl::StrCat("1 to ", kMaxImageSize),
                      dataset.image_size);
  }
  for (const auto& [field, numbers] :
       {std::pair{"mean", &dataset.mean},
        std::pair{"standard_deviation", &dataset.standard_deviation}}) {
    if (static_cast<int>(numbers->size()) != dataset.channels) {
      return FieldError(
          path, field,
          absl::StrCat(dataset.channels, " numbers, one a channel"),
          numbers->size());
    }
    for (double number : *numbers) {
      // Written so that NaN is refused too.
      if (number >= 0 && number <= 255) continue;
      return FieldError(path, field, "0 to 255", number);
    }
  }
  for (double deviation : dataset.standard_deviation) {
    if (deviation > 0) continue;
    return FieldError(path, "standard_deviation", "more than 0", deviation);
  }
  ROBBENCH_RETURN_IF_ERROR(CheckSplit(path, "train", dataset, dataset.train));
  return CheckSplit(path, "test", dataset, dataset.test);
}

std::string SerializeDataset(const Dataset& dataset) {
  std::map<std::string, TensorEntry> entries;
  AddSplit("train", dataset, dataset.train, entries);
  AddSplit("test", dataset, dataset.test, entries);
  return WriteSafetensors(entries, {{"name", dataset.name},
                                    {"classes", absl::StrCat(dataset.classes)},
                                    {"mean", NumbersText(dataset.mean)},
                                    {"standard_deviation",
                                     NumbersText(dataset.standard_deviation)}});
}

absl::StatusOr<Dataset> ParseDataset(const SafetensorsFile& file) {
  Dataset dataset;
  ROBBENCH_ASSIGN_OR_RETURN(dataset.name, file.Metadata("name"));
  ROBBENCH_ASSIGN_OR_RETURN(const std::string classes,
                            file.Metadata("classes"));
  if (!absl::SimpleAtoi(classes, &dataset.classes)) {
    return FieldError(file.path(), "metadata.classes", "a number",
                      absl::StrCat("\"", classes, "\""));
  }
  ROBBENCH_ASSIGN_OR_RETURN(dataset.mean, ParseNumbers(file, "mean"));
  ROBBENCH_ASSIGN_OR_RETURN(dataset.standard_deviation,
                            ParseNumbers(file, "standard_deviation"));
  ROBBENCH_ASSIGN_OR_RETURN(
      const TensorEntry images,
      file.Get("train_images", DType::kU8, {-1, -1, -1, -1}));
  const int64_t channels = images.shape[1];
  const int64_t size = images.shape[2];
  if (channels < 1 || channels > 16 || size < 1 || size > kMaxImageSize) {
    return FieldError(
        file.path(), "train_images",
        absl::StrCat("1 to 16 channels and a size of 1 to ", kMaxImageSize),
        absl::StrCat("[", absl::StrJoin(images.shape, ", "), "]"));
  }
  // Height and width must be equal, and those of both splits.
  for (const char* name : {"train_images", "test_images"}) {
    ROBBENCH_RETURN_IF_ERROR(
        file.Get(name, DType::kU8, {-1, channels, size, size}).status());
  }
  dataset.channels = static_cast<int>(channels);
  dataset.image_size = static_cast<int>(size);
  ROBBENCH_ASSIGN_OR_RETURN(dataset.train, ParseSplit(file, "train"));
  ROBBENCH_ASSIGN_OR_RETURN(dataset.test, ParseSplit(file, "test"));
  ROBBENCH_RETURN_IF_ERROR(CheckDataset(file.path(), dataset));
  return dataset;
}

}  // namespace robbench

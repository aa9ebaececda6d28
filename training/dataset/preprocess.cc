#include "training/dataset/preprocess.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "nas/base/field_error.h"
#include "nas/base/name.h"
#include "nas/base/status_macros.h"
#include "training/dataset/cifar.h"
#include "training/dataset/idx.h"
#include "training/dataset/imagenet16.h"
#include "training/dataset/published_set.h"

namespace robbench {
namespace {

// A split before padding and averaging.
struct RawSplit {
  int channels = 0;
  int size = 0;  // height = width
  ImageSplit images;
};

absl::StatusOr<RawSplit> ReadIdxSplit(const DatasetSpec& spec,
                                      const std::string& images_path,
                                      const std::string& labels_path) {
  ROBBENCH_ASSIGN_OR_RETURN(IdxArray images, ReadIdx(images_path, 3));
  ROBBENCH_ASSIGN_OR_RETURN(const IdxArray labels, ReadIdx(labels_path, 1));
  if (images.shape[0] != labels.shape[0]) {
    return absl::InvalidArgumentError(absl::StrCat(
        labels_path, ": labels: expected ", images.shape[0],
        ", one an image of ", images_path, ", found ", labels.shape[0]));
  }
  if (images.shape[1] != images.shape[2] || images.shape[1] > 1024) {
    return absl::InvalidArgumentError(absl::StrCat(
        images_path, ": expected square images of at most 1024, found ",
        images.shape[1], " x ", images.shape[2]));
  }
  RawSplit split;
  split.channels = 1;
  split.size = static_cast<int>(images.shape[1]);
  split.images.pixels = std::move(images.bytes);
  split.images.labels.reserve(labels.shape[0]);
  for (int64_t i = 0; i < labels.shape[0]; ++i) {
    const int64_t label = static_cast<uint8_t>(labels.bytes[i]);
    if (label >= spec.classes()) {
      return absl::InvalidArgumentError(
          absl::StrCat(labels_path, ": label ", i, ": expected 0 to ",
                       spec.classes() - 1, ", found ", label));
    }
    split.images.labels.push_back(label);
  }
  return split;
}

// A format whose files hold images with their labels.
struct BatchFormat {
  int channels;
  int size;
  std::function<absl::StatusOr<ImageSplit>(const std::string& path)> read;
};

// Reads the images of all files, one file after the other.
absl::StatusOr<RawSplit> ReadBatches(const BatchFormat& format,
                                     absl::Span<const std::string> paths) {
  RawSplit split;
  split.channels = format.channels;
  split.size = format.size;
  for (const std::string& path : paths) {
    ROBBENCH_ASSIGN_OR_RETURN(const ImageSplit batch, format.read(path));
    split.images.pixels += batch.pixels;
    split.images.labels.insert(split.images.labels.end(), batch.labels.begin(),
                               batch.labels.end());
  }
  return split;
}

struct RawSplits {
  RawSplit train;
  RawSplit test;
};

absl::StatusOr<RawSplits> ReadIdxSplits(
    const std::string& spec_path, const DatasetSpec& spec,
    const std::vector<std::string>& inputs) {
  if (inputs.size() != 4) {
    return absl::InvalidArgumentError(absl::StrCat(
        spec_path,
        ": format IDX: expected 4 input files (train images, train "
        "labels, test images, test labels), found ",
        inputs.size()));
  }
  RawSplits splits;
  ROBBENCH_ASSIGN_OR_RETURN(splits.train,
                            ReadIdxSplit(spec, inputs[0], inputs[1]));
  ROBBENCH_ASSIGN_OR_RETURN(splits.test,
                            ReadIdxSplit(spec, inputs[2], inputs[3]));
  if (splits.test.size != splits.train.size) {
    return absl::InvalidArgumentError(
        absl::StrCat(inputs[2], ": image size: expected that of ", inputs[0],
                     ", ", splits.train.size, ", found ", splits.test.size));
  }
  return splits;
}

absl::StatusOr<RawSplits> ReadBatchSplits(
    const std::string& spec_path, const DatasetSpec& spec,
    const BatchFormat& format, const std::vector<std::string>& inputs) {
  if (inputs.size() < 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        spec_path, ": format ", DatasetSpec::Format_Name(spec.format()),
        ": expected at least 2 input files (training batches, "
        "then the test batch), found ",
        inputs.size()));
  }
  const absl::Span<const std::string> paths = inputs;
  RawSplits splits;
  ROBBENCH_ASSIGN_OR_RETURN(splits.train,
                            ReadBatches(format, paths.first(paths.size() - 1)));
  ROBBENCH_ASSIGN_OR_RETURN(splits.test, ReadBatches(format, paths.last(1)));
  return splits;
}

absl::StatusOr<RawSplits> ReadCifarSplits(
    const std::string& spec_path, const DatasetSpec& spec, CifarKind kind,
    const std::vector<std::string>& inputs) {
  if (static_cast<int>(spec.classes()) != CifarClasses(kind)) {
    return FieldError(
        spec_path, "classes",
        absl::StrCat(CifarClasses(kind), ", the classes of format ",
                     DatasetSpec::Format_Name(spec.format())),
        spec.classes());
  }
  const auto read =
      [kind](const std::string& path) -> absl::StatusOr<ImageSplit> {
    ROBBENCH_ASSIGN_OR_RETURN(CifarRecords records, ReadCifar(path, kind));
    return std::move(records.images);
  };
  return ReadBatchSplits(spec_path, spec,
                         {kCifarChannels, kCifarImageSize, read}, inputs);
}

absl::StatusOr<RawSplits> ReadImagenet16Splits(
    const std::string& spec_path, const DatasetSpec& spec,
    const std::vector<std::string>& inputs) {
  const int classes = static_cast<int>(spec.classes());
  const auto read = [classes](const std::string& path) {
    return ReadImagenet16(path, classes);
  };
  return ReadBatchSplits(spec_path, spec,
                         {kImagenet16Channels, kImagenet16ImageSize, read},
                         inputs);
}

absl::StatusOr<RawSplits> ReadSplits(const std::string& spec_path,
                                     const DatasetSpec& spec,
                                     const std::vector<std::string>& inputs) {
  switch (spec.format()) {
    case DatasetSpec::IDX:
      return ReadIdxSplits(spec_path, spec, inputs);
    case DatasetSpec::CIFAR10:
      return ReadCifarSplits(spec_path, spec, CifarKind::kCifar10, inputs);
    case DatasetSpec::CIFAR100:
      return ReadCifarSplits(spec_path, spec, CifarKind::kCifar100, inputs);
    case DatasetSpec::IMAGENET16:
      return ReadImagenet16Splits(spec_path, spec, inputs);
  }
  return FieldError(spec_path, "format", "a format of the list",
                    static_cast<int>(spec.format()));
}

// Returns the first `wanted` images (0: all), padded and averaged. `field` is
// the name of `wanted` in the spec.
absl::StatusOr<ImageSplit> ReduceSplit(const std::string& spec_path,
                                       const DatasetSpec& spec,
                                       absl::string_view field, uint32_t wanted,
                                       RawSplit raw) {
  const int64_t found = raw.images.count();
  if (wanted > found) {
    return FieldError(
        spec_path, field,
        absl::StrCat("at most the ", found, " images of the files"), wanted);
  }
  const int64_t count = wanted == 0 ? found : wanted;
  const int64_t area = int64_t{raw.size} * raw.size;
  ImageSplit split = std::move(raw.images);
  split.labels.resize(count);
  split.pixels.resize(count * raw.channels * area);
  if (spec.pad() == 0 && spec.downsample() == 1) return split;
  const int pad = static_cast<int>(spec.pad());
  const int downsample = static_cast<int>(spec.downsample());
  std::string pixels;
  for (int64_t plane = 0; plane < count * raw.channels; ++plane) {
    PadAndDownsample(split.pixels.data() + plane * area, raw.size, pad,
                     downsample, pixels);
  }
  split.pixels = std::move(pixels);
  return split;
}

}  // namespace

void PadAndDownsample(const char* image, int size, int pad, int downsample,
                      std::string& out) {
  const int out_size = (size + 2 * pad) / downsample;
  const int area = downsample * downsample;
  for (int row = 0; row < out_size; ++row) {
    for (int column = 0; column < out_size; ++column) {
      int sum = 0;
      for (int k = 0; k < area; ++k) {
        const int y = row * downsample + k / downsample - pad;
        const int x = column * downsample + k % downsample - pad;
        if (y < 0 || y >= size || x < 0 || x >= size) continue;
        sum += static_cast<uint8_t>(image[y * size + x]);
      }
      out.push_back(static_cast<char>((2 * sum + area) / (2 * area)));
    }
  }
}

PixelStatistics ComputePixelStatistics(const Dataset& dataset,
                                       const ImageSplit& split) {
  const int64_t area = int64_t{dataset.image_size} * dataset.image_size;
  PixelStatistics statistics;
  for (int channel = 0; channel < dataset.channels; ++channel) {
    // Sums of integers are exact in any order.
    uint64_t sum = 0;
    uint64_t squares = 0;
    for (int64_t i = 0; i < split.count(); ++i) {
      const char* plane =
          split.pixels.data() + (i * dataset.channels + channel) * area;
      for (int64_t k = 0; k < area; ++k) {
        const uint64_t value = static_cast<uint8_t>(plane[k]);
        sum += value;
        squares += value * value;
      }
    }
    const double n = static_cast<double>(split.count() * area);
    const double mean = static_cast<double>(sum) / n;
    const double variance = static_cast<double>(squares) / n - mean * mean;
    statistics.mean.push_back(mean);
    statistics.standard_deviation.push_back(std::sqrt(std::max(0.0, variance)));
  }
  return statistics;
}

absl::StatusOr<Dataset> Preprocess(const std::string& spec_path,
                                   const DatasetSpec& spec,
                                   const std::vector<std::string>& inputs) {
  ROBBENCH_RETURN_IF_ERROR(CheckName(spec_path, "name", spec.name()));
  if (spec.classes() < 2 || spec.classes() > 256) {
    return FieldError(spec_path, "classes", "2 to 256", spec.classes());
  }
  if (spec.pad() > 64) {
    return FieldError(spec_path, "pad", "at most 64", spec.pad());
  }
  if (spec.downsample() < 1 || spec.downsample() > 64) {
    return FieldError(spec_path, "downsample", "1 to 64", spec.downsample());
  }
  const PublishedSet* published = FindPublishedSet(spec.name());
  if (published != nullptr) {
    ROBBENCH_RETURN_IF_ERROR(CheckPublishedFiles(*published, inputs));
  }
  ROBBENCH_ASSIGN_OR_RETURN(RawSplits raw, ReadSplits(spec_path, spec, inputs));
  if (published != nullptr) {
    const int classes = static_cast<int>(spec.classes());
    ROBBENCH_RETURN_IF_ERROR(CheckPublishedLabels(
        *published, "train", raw.train.images.labels, classes));
    ROBBENCH_RETURN_IF_ERROR(CheckPublishedLabels(
        *published, "test", raw.test.images.labels, classes));
  }
  const int padded = raw.train.size + 2 * static_cast<int>(spec.pad());
  const int downsample = static_cast<int>(spec.downsample());
  if (padded % downsample != 0) {
    return FieldError(spec_path, "downsample",
                      absl::StrCat("a divisor of the padded size ", padded),
                      downsample);
  }
  Dataset dataset;
  dataset.name = spec.name();
  dataset.classes = static_cast<int>(spec.classes());
  dataset.channels = raw.train.channels;
  dataset.image_size = padded / downsample;
  dataset.mean.assign(spec.mean().begin(), spec.mean().end());
  dataset.standard_deviation.assign(spec.standard_deviation().begin(),
                                    spec.standard_deviation().end());
  ROBBENCH_ASSIGN_OR_RETURN(
      dataset.train, ReduceSplit(spec_path, spec, "train_images",
                                 spec.train_images(), std::move(raw.train)));
  ROBBENCH_ASSIGN_OR_RETURN(
      dataset.test, ReduceSplit(spec_path, spec, "test_images",
                                spec.test_images(), std::move(raw.test)));
  // The normaliser's own numbers are checked with the rest.
  ROBBENCH_RETURN_IF_ERROR(CheckDataset(spec_path, dataset));
  return dataset;
}

}  // namespace robbench

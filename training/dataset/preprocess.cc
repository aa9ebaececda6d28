#include "training/dataset/preprocess.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "nas/base/status_macros.h"
#include "training/dataset/idx.h"

namespace robbench {
namespace {

absl::Status SpecError(const std::string& path, absl::string_view field,
                       absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", field, ": ", problem));
}

// How many images to take of `found`.
absl::StatusOr<int64_t> Take(const std::string& spec_path,
                             absl::string_view field, uint32_t wanted,
                             int64_t found) {
  if (wanted == 0) return found;
  if (wanted <= found) return wanted;
  return SpecError(spec_path, field,
                   absl::StrCat("expected at most the ", found,
                                " images of the file, found ", wanted));
}

absl::StatusOr<ImageSplit> ReadIdxSplit(const std::string& spec_path,
                                        const DatasetSpec& spec,
                                        absl::string_view count_field,
                                        uint32_t wanted,
                                        const std::string& images_path,
                                        const std::string& labels_path,
                                        int* image_size) {
  ROBBENCH_ASSIGN_OR_RETURN(const IdxArray images, ReadIdx(images_path, 3));
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
  const int size = static_cast<int>(images.shape[1]);
  const int padded = size + 2 * static_cast<int>(spec.pad());
  const int downsample = static_cast<int>(spec.downsample());
  if (padded % downsample != 0) {
    return SpecError(spec_path, "downsample",
                     absl::StrCat("expected a divisor of the padded size ",
                                  padded, ", found ", downsample));
  }
  ROBBENCH_ASSIGN_OR_RETURN(const int64_t count, Take(spec_path, count_field,
                                                      wanted, images.shape[0]));
  *image_size = padded / downsample;
  ImageSplit split;
  split.pixels.reserve(count * *image_size * *image_size);
  split.labels.reserve(count);
  for (int64_t i = 0; i < count; ++i) {
    PadAndDownsample(images.bytes.data() + i * size * size, size,
                     static_cast<int>(spec.pad()), downsample, split.pixels);
    const int64_t label = static_cast<uint8_t>(labels.bytes[i]);
    if (label >= spec.classes()) {
      return absl::InvalidArgumentError(
          absl::StrCat(labels_path, ": label ", i, ": expected 0 to ",
                       spec.classes() - 1, ", found ", label));
    }
    split.labels.push_back(label);
  }
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
    // Integers: exact, whatever the order.
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
  if (spec.classes() < 2 || spec.classes() > 256) {
    return SpecError(spec_path, "classes",
                     absl::StrCat("expected 2 to 256, found ", spec.classes()));
  }
  if (spec.pad() > 64) {
    return SpecError(spec_path, "pad",
                     absl::StrCat("expected at most 64, found ", spec.pad()));
  }
  if (spec.downsample() < 1 || spec.downsample() > 64) {
    return SpecError(
        spec_path, "downsample",
        absl::StrCat("expected 1 to 64, found ", spec.downsample()));
  }
  if (inputs.size() != 4) {
    return absl::InvalidArgumentError(absl::StrCat(
        spec_path,
        ": format IDX: expected 4 input files (train images, train "
        "labels, test images, test labels), found ",
        inputs.size()));
  }
  Dataset dataset;
  dataset.name = spec.name();
  dataset.classes = static_cast<int>(spec.classes());
  dataset.channels = 1;
  dataset.mean.assign(spec.mean().begin(), spec.mean().end());
  dataset.standard_deviation.assign(spec.standard_deviation().begin(),
                                    spec.standard_deviation().end());
  ROBBENCH_ASSIGN_OR_RETURN(
      dataset.train,
      ReadIdxSplit(spec_path, spec, "train_images", spec.train_images(),
                   inputs[0], inputs[1], &dataset.image_size));
  int test_size = 0;
  ROBBENCH_ASSIGN_OR_RETURN(
      dataset.test,
      ReadIdxSplit(spec_path, spec, "test_images", spec.test_images(),
                   inputs[2], inputs[3], &test_size));
  if (test_size != dataset.image_size) {
    return absl::InvalidArgumentError(absl::StrCat(
        inputs[2], ": image size: expected that of ", inputs[0], ", ",
        dataset.image_size, " after preprocessing, found ", test_size));
  }
  // The normaliser's own numbers are checked with the rest.
  ROBBENCH_RETURN_IF_ERROR(CheckDataset(spec_path, dataset));
  return dataset;
}

}  // namespace robbench

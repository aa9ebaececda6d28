// Compares the augmentation of tensors, here on the CPU, with that of bytes.
#include "training/cuda/resident_images.h"

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nas/base/philox.h"
#include "training/augmentation.h"
#include "training/dataset/dataset.h"

namespace robbench {
namespace {

Dataset Noise(int images, int channels, int size) {
  Dataset dataset;
  dataset.channels = channels;
  dataset.image_size = size;
  PhiloxStream stream(11, Purpose::kTest);
  for (int i = 0; i < images; ++i) {
    dataset.train.labels.push_back(stream.Below(10));
    for (int k = 0; k < channels * size * size; ++k) {
      dataset.train.pixels.push_back(static_cast<char>(stream.Below(256)));
    }
  }
  return dataset;
}

std::string Bytes(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.contiguous();
  return {static_cast<const char*>(flat.data_ptr()), flat.nbytes()};
}

TEST(ResidentImagesTest, EqualsTheAugmentationOnBytes) {
  for (const AugmentationOptions& options : std::vector<AugmentationOptions>{
           {},
           {.crop_padding = 4},
           {.flip_probability = 0.5},
           {.crop_padding = 2, .flip_probability = 0.5}}) {
    for (const auto& [channels, size] :
         std::vector<std::pair<int, int>>{{3, 16}, {1, 7}}) {
      const Dataset dataset = Noise(50, channels, size);
      const ResidentImages resident(dataset, options, at::kCPU);
      std::vector<int64_t> indices;
      for (int64_t i = 49; i >= 0; i -= 3) indices.push_back(i);
      for (uint32_t epoch = 0; epoch < 5; ++epoch) {
        const at::Tensor images = resident.Augmented(indices, 7, epoch);
        const std::vector<int64_t> shape = {
            static_cast<int64_t>(indices.size()), channels, size, size};
        ASSERT_EQ(images.sizes().vec(), shape);
        ASSERT_EQ(images.scalar_type(), at::kByte);
        EXPECT_TRUE(Bytes(images) ==
                    AugmentedImages(dataset, indices, options, 7, epoch))
            << "padding " << options.crop_padding << " flips "
            << options.flip_probability << " epoch " << epoch;
      }
    }
  }
}

TEST(ResidentImagesTest, LabelsAreTheImages) {
  const Dataset dataset = Noise(20, 1, 4);
  const ResidentImages resident(dataset, {}, at::kCPU);
  const at::Tensor labels = resident.Labels({19, 0, 7, 7});
  ASSERT_EQ(labels.scalar_type(), at::kLong);
  std::vector<int64_t> expected;
  for (int64_t index : {19, 0, 7, 7}) {
    expected.push_back(dataset.train.labels[index]);
  }
  EXPECT_EQ(Bytes(labels),
            std::string(reinterpret_cast<const char*>(expected.data()), 32));
}

TEST(ResidentImagesTest, KeepsItsOwnCopy) {
  Dataset dataset = Noise(2, 1, 4);
  const ResidentImages resident(dataset, {}, at::kCPU);
  const std::string before = Bytes(resident.Augmented({0, 1}, 0, 0));
  const std::string labels = Bytes(resident.Labels({0, 1}));
  dataset.train.pixels.assign(32, '\1');
  dataset.train.labels = {100, 100};
  EXPECT_EQ(Bytes(resident.Augmented({0, 1}, 0, 0)), before);
  EXPECT_EQ(Bytes(resident.Labels({0, 1})), labels);
}

}  // namespace
}  // namespace robbench

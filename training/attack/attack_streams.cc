#include "training/attack/attack_streams.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

namespace robbench {

AttackStreams SelectStreams(const AttackStreams& streams,
                            const at::Tensor& index, int run) {
  AttackStreams selected = streams;
  selected.step += static_cast<uint32_t>(run);
  selected.samples.clear();
  const at::Tensor positions = index.cpu();
  for (int64_t i = 0; i < positions.numel(); ++i) {
    selected.samples.push_back(
        streams.samples[positions.data_ptr<int64_t>()[i]]);
  }
  return selected;
}

at::Tensor UniformNoise(const at::Tensor& images,
                        const AttackStreams& streams) {
  const int64_t count = images.size(0);
  const int64_t pixels = count == 0 ? 0 : images.numel() / count;
  at::Tensor noise = at::empty(images.sizes(), at::kFloat);
  float* data = noise.data_ptr<float>();
  for (int64_t i = 0; i < count; ++i) {
    PhiloxStream stream = streams.Stream(i);
    for (int64_t k = 0; k < pixels; ++k) {
      *data++ = 2.0f * stream.Uniform() - 1.0f;
    }
  }
  return noise.to(images.options());
}

}  // namespace robbench

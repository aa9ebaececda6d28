#include "training/attack/square_attack.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "nas/base/philox.h"
#include "training/attack/predictions.h"

namespace robbench {
namespace {

using at::Tensor;

float RandomSign(PhiloxStream& stream) {
  return stream.Uniform() < 0.5f ? -1.0f : 1.0f;
}

class SquareSearch {
 public:
  SquareSearch(const FoldedNetwork& network, const SquareOptions& options,
               const Tensor& positions, const Tensor& images,
               const Tensor& labels, const AttackStreams& streams)
      : network_(network),
        options_(options),
        positions_(positions),
        labels_(labels),
        lower_((images - options.epsilon).clamp_min_(0)),
        upper_((images + options.epsilon).clamp_max_(1)),
        best_(images),
        best_margin_(at::full({images.size(0)},
                              std::numeric_limits<double>::infinity(),
                              images.options())) {
    for (int64_t i = 0; i < images.size(0); ++i) {
      streams_.push_back(streams.Stream(i));
    }
  }

  void Run(Tensor& result) {
    Take(Stripes(), result);
    for (int query = 0; query < options_.queries && positions_.numel() > 0;
         ++query) {
      Take(Squares(query), result);
    }
    result.index_copy_(0, positions_, best_);
  }

 private:
  // The start: a sign for each column and channel of each image.
  Tensor Stripes() {
    Tensor stripes =
        at::empty({best_.size(0), best_.size(1), 1, best_.size(3)}, at::kFloat);
    float* sign = stripes.data_ptr<float>();
    const int64_t each = best_.size(1) * best_.size(3);
    for (PhiloxStream& stream : streams_) {
      for (int64_t k = 0; k < each; ++k) *sign++ = RandomSign(stream);
    }
    return stripes.to(best_.options()).mul_(options_.epsilon);
  }

  Tensor Squares(int query) {
    const int64_t channels = best_.size(1);
    const int64_t size = best_.size(2);
    const int64_t side = std::max<int64_t>(
        std::lround(size * std::sqrt(SquareShare(options_, query))), 1);
    Tensor squares = at::zeros(best_.sizes(), at::kFloat);
    float* image = squares.data_ptr<float>();
    const uint32_t places = static_cast<uint32_t>(size - side + 1);
    const float change = static_cast<float>(2 * options_.epsilon);
    for (PhiloxStream& stream : streams_) {
      const int64_t top = stream.Below(places);
      const int64_t left = stream.Below(places);
      for (int64_t c = 0; c < channels; ++c, image += size * size) {
        const float value = change * RandomSign(stream);
        for (int64_t row = top; row < top + side; ++row) {
          std::fill_n(image + row * size + left, side, value);
        }
      }
    }
    return squares.to(best_.options());
  }

  // Proposes best + change. Keeps it where it lowers the margin, and is done
  // with the images that are misclassified.
  void Take(const Tensor& change, Tensor& result) {
    const Tensor proposed =
        at::minimum(at::maximum(best_ + change, lower_), upper_);
    const Tensor logits = network_.Logits(proposed);
    const Tensor fooled = logits.argmax(1).ne(labels_);
    const Tensor margin = Margin(logits, labels_);
    const Tensor better = margin.lt(best_margin_);
    best_ = at::where(better.view({-1, 1, 1, 1}), proposed, best_);
    best_margin_ = at::where(better, margin, best_margin_);
    if (!fooled.any().item<bool>()) return;
    const Tensor done = Positions(fooled);
    result.index_copy_(0, positions_.index_select(0, done),
                       proposed.index_select(0, done));
    const Tensor others = Positions(fooled.logical_not());
    for (Tensor* tensor :
         {&positions_, &labels_, &lower_, &upper_, &best_, &best_margin_}) {
      *tensor = tensor->index_select(0, others);
    }
    const Tensor kept = others.cpu();
    std::vector<PhiloxStream> streams;
    for (int64_t i = 0; i < kept.numel(); ++i) {
      streams.push_back(streams_[kept.data_ptr<int64_t>()[i]]);
    }
    streams_ = std::move(streams);
  }

  const FoldedNetwork& network_;
  const SquareOptions& options_;
  // The images that are still to be fooled.
  Tensor positions_, labels_, lower_, upper_, best_, best_margin_;
  std::vector<PhiloxStream> streams_;
};

}  // namespace

double SquareShare(const SquareOptions& options, int query) {
  const int64_t scaled = int64_t{10'000} * query / options.queries;
  double share = options.initial_share;
  for (const int64_t after : {10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000}) {
    if (scaled > after) share /= 2;
  }
  return share;
}

at::Tensor RunSquare(const FoldedNetwork& network, const at::Tensor& images,
                     const at::Tensor& labels, const SquareOptions& options,
                     const AttackStreams& streams) {
  at::NoGradGuard no_graph;
  Tensor result = images.clone();
  const Tensor positions = CorrectImages(network.Logits(images), labels);
  if (positions.numel() == 0) return result;
  SquareSearch(network, options, positions, images.index_select(0, positions),
               labels.index_select(0, positions),
               SelectStreams(streams, positions))
      .Run(result);
  return result;
}

}  // namespace robbench

#include "nas/network_plan.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/cell.h"
#include "nas/isomorphism.h"
#include "nas/official_index.h"
#include "nas/search_space_golden.h"

namespace robbench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr SkeletonSize kSmall = {.channels = 8,
                                 .cells_per_stage = 1,
                                 .image_channels = 1,
                                 .image_size = 16,
                                 .classes = 7};

NetworkPlan Plan(const std::string& code, const SkeletonSize& size = {}) {
  return *MakeNetworkPlan(*Cell::FromCode(code), size);
}

// Returns the layers of the first cell as lines "kind(inputs)=output".
std::string FirstCell(const std::string& code) {
  constexpr const char* kNames[] = {"normalize", "zero", "relu",  "conv",
                                    "bn",        "pool", "pool2", "sum"};
  const NetworkPlan plan = Plan(code, kSmall);
  std::string text;
  for (size_t i = 3; plan.layers[i].name != "cells.1.conv_a.op.1"; ++i) {
    const Layer& layer = plan.layers[i];
    absl::StrAppend(
        &text, kNames[static_cast<int>(layer.kind)],
        layer.kind == LayerKind::kConvolution ? absl::StrCat(layer.kernel) : "",
        "(", absl::StrJoin(layer.inputs, ","), ")=", layer.output,
        layer.live ? "" : " dead", "\n");
  }
  return text;
}

// Names, shapes, order and dead parameters are those of PyTorch.
TEST(NetworkPlanTest, SameStateAsPyTorch) {
  for (const auto& [code, golden] : SearchSpaceGolden()["cells"].items()) {
    for (const auto& [name, size] :
         {std::pair{"paper", SkeletonSize{}}, std::pair{"small", kSmall}}) {
      SCOPED_TRACE(absl::StrCat(code, " ", name));
      const NetworkPlan plan = Plan(code, size);
      std::string state, dead;
      for (const Parameter& parameter : plan.parameters) {
        absl::StrAppend(&state, parameter.name, " ",
                        absl::StrJoin(parameter.shape, "x"), "\n");
        if (!plan.layers[parameter.layer].live && !IsBuffer(parameter.kind)) {
          absl::StrAppend(&dead, parameter.name, "\n");
        }
      }
      EXPECT_EQ(plan.parameters.size(), golden[name]["tensors"]);
      EXPECT_EQ(Sha256(state), golden[name]["state_sha256"].get<std::string>());
      EXPECT_EQ(Sha256(dead), golden[name]["dead_sha256"].get<std::string>())
          << dead;
    }
  }
}

TEST(NetworkPlanTest, ReluIsSharedAndSumsKeepEdgeOrder) {
  // Value 3 is the stem's output; the last line is the residual block's ReLU.
  EXPECT_EQ(FirstCell("323133"),
            "relu(3)=4\n"
            "conv3(4)=5\n"
            "bn(5)=6\n"  // node 1
            "conv1(4)=7\n"
            "bn(7)=8\n"
            "relu(6)=9\n"
            "conv3(9)=10\n"
            "bn(10)=11\n"
            "sum(8,11)=12\n"  // node 2
            "conv3(9)=13\n"
            "bn(13)=14\n"
            "relu(12)=15\n"
            "conv3(15)=16\n"
            "bn(16)=17\n"
            "sum(3,14,17)=18\n"
            "relu(18)=19\n");
}

TEST(NetworkPlanTest, ZeroNodesAliasesAndDeadLayers) {
  EXPECT_EQ(FirstCell("000100"), "zero(3)=4 dead\nzero(3)=5 dead\nrelu(3)=6\n");
  // A convolution fed by a zero node is not zero.
  EXPECT_EQ(FirstCell("000130"),
            "zero(3)=4\n"
            "zero(3)=5 dead\n"
            "relu(4)=6\n"
            "conv3(6)=7\n"
            "bn(7)=8\n"
            "sum(3,8)=9\n"
            "relu(9)=10\n");
  // Node 1 leads nowhere; nodes 2 and 3 alias what feeds them.
  EXPECT_EQ(FirstCell("310001"),
            "relu(3)=4 dead\n"
            "conv3(4)=5 dead\n"
            "bn(5)=6 dead\n"
            "relu(3)=7\n");
  EXPECT_EQ(FirstCell("110111"), "sum(3,3,3)=4\nrelu(4)=5\n");
  EXPECT_EQ(FirstCell("400410"),
            "pool(3)=4\nzero(3)=5 dead\npool(3)=6\n"
            "sum(6,4)=7\nrelu(7)=8\n");
}

// Everything before a cell without a path from input to output is dead.
TEST(NetworkPlanTest, FiveDeadClasses) {
  std::vector<int> dead;
  for (const int id : IsomorphismClasses::Get().representatives()) {
    const NetworkPlan plan = *MakeNetworkPlan(*Cell::FromIndex(id), kSmall);
    if (!plan.layers[plan.parameters[0].layer].live) dead.push_back(id);
  }
  EXPECT_THAT(dead, ElementsAre(10, 12, 74, 172, 879));
  EXPECT_EQ(dead, SearchSpaceGolden()["dead"].get<std::vector<int>>());
}

TEST(NetworkPlanTest, ResidualBlockAndHead) {
  const NetworkPlan plan = Plan("111111");
  std::vector<std::string> lines;
  for (const Layer& layer : plan.layers) {
    if (layer.kind == LayerKind::kSum) continue;
    lines.push_back(absl::StrCat(
        layer.name, " ", static_cast<int>(layer.kind), " k", layer.kernel, " s",
        layer.stride, " p", layer.padding, " ", layer.in_channels, "x",
        layer.in_size, " ", layer.out_channels, "x", layer.out_size));
  }
  EXPECT_THAT(
      lines,
      ElementsAre(
          " 0 k0 s1 p0 3x32 3x32", "stem.0 3 k3 s1 p1 3x32 16x32",
          "stem.1 4 k0 s1 p0 16x32 16x32", " 2 k0 s1 p0 16x32 16x32",
          "cells.5.conv_a.op.1 3 k3 s2 p1 16x32 32x16",
          "cells.5.conv_a.op.2 4 k0 s1 p0 32x16 32x16",
          " 2 k0 s1 p0 32x16 32x16",
          "cells.5.conv_b.op.1 3 k3 s1 p1 32x16 32x16",
          "cells.5.conv_b.op.2 4 k0 s1 p0 32x16 32x16",
          " 6 k2 s2 p0 16x32 16x16",
          "cells.5.downsample.1 3 k1 s1 p0 16x16 32x16",
          " 2 k0 s1 p0 32x16 32x16",
          "cells.11.conv_a.op.1 3 k3 s2 p1 32x16 64x8",
          "cells.11.conv_a.op.2 4 k0 s1 p0 64x8 64x8", " 2 k0 s1 p0 64x8 64x8",
          "cells.11.conv_b.op.1 3 k3 s1 p1 64x8 64x8",
          "cells.11.conv_b.op.2 4 k0 s1 p0 64x8 64x8", " 6 k2 s2 p0 32x16 32x8",
          "cells.11.downsample.1 3 k1 s1 p0 32x8 64x8",
          "lastact.0 4 k0 s1 p0 64x8 64x8", " 2 k0 s1 p0 64x8 64x8",
          " 8 k0 s1 p0 64x8 64x1", "classifier 9 k0 s1 p0 64x1 10x1"));
}

TEST(NetworkPlanTest, ParametersByName) {
  const NetworkPlan plan = Plan("323133");
  const Parameter& weight =
      plan.parameters[plan.Find("cells.11.downsample.1.weight")];
  EXPECT_EQ(weight.kind, ParameterKind::kConvolutionWeight);
  EXPECT_THAT(weight.shape, ElementsAre(64, 32, 1, 1));
  EXPECT_EQ(weight.fan_in, 32);
  EXPECT_EQ(plan.parameters[plan.Find("stem.0.weight")].fan_in, 27);
  EXPECT_EQ(plan.parameters[plan.Find("classifier.bias")].fan_in, 64);
  EXPECT_EQ(plan.parameters[plan.Find("stem.1.running_var")].kind,
            ParameterKind::kRunningVariance);
  EXPECT_EQ(plan.Find("cells.0.layers.3.op.1.weight"), -1);  // a skip edge
}

// Each value is written once, before it is read.
TEST(NetworkPlanTest, LayersAreInOrder) {
  for (int position = 0; position < kNumCells; position += 7) {
    const NetworkPlan plan =
        *MakeNetworkPlan(Cell::FromPosition(position), kSmall);
    int written = 0;
    for (const Layer& layer : plan.layers) {
      for (const int input : layer.inputs) ASSERT_LE(input, written);
      ASSERT_EQ(layer.output, ++written);
    }
    ASSERT_EQ(plan.num_values, written + 1);
    ASSERT_EQ(plan.logits, written);
  }
}

TEST(NetworkPlanTest, RefusesSizesOutOfRange) {
  auto message = [](const SkeletonSize& size) {
    return std::string(MakeNetworkPlan(Cell(), size).status().message());
  };
  EXPECT_EQ(message({.channels = 0}),
            "skeleton: field channels: expected 1 to 1024, found 0");
  EXPECT_EQ(message({.cells_per_stage = 65}),
            "skeleton: field cells_per_stage: expected 1 to 64, found 65");
  EXPECT_EQ(message({.image_channels = 17}),
            "skeleton: field image_channels: expected 1 to 16, found 17");
  EXPECT_EQ(message({.image_size = 1028}),
            "skeleton: field image_size: expected 4 to 1024, found 1028");
  EXPECT_EQ(message({.image_size = 30}),
            "skeleton: field image_size: expected a multiple of 4, found 30");
  EXPECT_EQ(message({.classes = 1}),
            "skeleton: field classes: expected 2 to 100000, found 1");
}

}  // namespace
}  // namespace robbench

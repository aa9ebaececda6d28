#include "analysis/table/name_resolver.h"

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Text(const absl::StatusOr<std::string>& name) {
  return name.ok() ? *name : std::string(name.status().message());
}

std::string Dataset(absl::string_view name,
                    const std::vector<std::string>& datasets = {
                        "cifar10", "cifar100", "imagenet16_120"}) {
  return Text(ResolveDataset("the table", name, datasets));
}

std::string Metric(absl::string_view name) {
  return Text(
      ResolveMetric("the table", "cifar10", name,
                    {"clean", "fgsm_3", "fgsm_8", "pgd_3", "pgd_8", "pgd_2.5",
                     "apgd_ce", "autoattack", "multiply_adds"}));
}

TEST(NameResolver, DatasetsByTheNamesOfTheField) {
  for (const char* name : {"cifar10", "CIFAR10", "CIFAR-10", "cifar-10",
                           "Cifar_10", " cifar10\n"}) {
    EXPECT_EQ(Dataset(name), "cifar10") << name;
  }
  EXPECT_EQ(Dataset("CIFAR-100"), "cifar100");
  for (const char* name :
       {"imagenet16_120", "ImageNet16-120", "imagenet16-120", "imagenet16",
        "ImageNet16", "ImageNet-16-120", "imagenet", "ImageNet"}) {
    EXPECT_EQ(Dataset(name), "imagenet16_120") << name;
  }
}

TEST(NameResolver, AnExactNameComesBeforeAnAlias) {
  EXPECT_EQ(Dataset("imagenet", {"imagenet"}), "imagenet");
  EXPECT_EQ(Dataset("imagenet", {"imagenet", "imagenet16_120"}), "imagenet");
  EXPECT_EQ(Dataset("imagenet16_120", {"imagenet", "imagenet16_120"}),
            "imagenet16_120");
  EXPECT_THAT(Dataset("imagenet16_120", {"imagenet"}),
              HasSubstr("the table has no data set \"imagenet16_120\""));
  EXPECT_EQ(Dataset("CIFAR10", {"CIFAR10", "cifar10"}), "CIFAR10");
}

TEST(NameResolver, SaysWhatThereIs) {
  EXPECT_EQ(Dataset("cifar11"),
            "the table has no data set \"cifar11\"; did you mean cifar10? It "
            "has cifar10, cifar100 and imagenet16_120");
  EXPECT_EQ(Dataset("mnist", {"cifar10"}),
            "the table has no data set \"mnist\"; it has cifar10");
  // Half of CIFAR-10's training images: a hint, no silent alias.
  EXPECT_THAT(Dataset("cifar10-valid"),
              HasSubstr("has no data set \"cifar10-valid\": cifar10-valid is "
                        "NAS-Bench-201's name for half of CIFAR-10's training "
                        "images; did you mean cifar10?"));
  EXPECT_THAT(Dataset("cifar10_valid", {"cifar100"}),
              Not(HasSubstr("NAS-Bench-201")));
}

TEST(NameResolver, MetricsByOurNamesAndTheAuthors) {
  EXPECT_EQ(Metric("pgd_8"), "pgd_8");
  EXPECT_EQ(Metric("val_pgd_8.0_acc"), "pgd_8");
  EXPECT_EQ(Metric("val_pgd_8_acc"), "pgd_8");
  EXPECT_EQ(Metric("val_acc"), "clean");
  EXPECT_EQ(Metric("PGD-8"), "pgd_8");
  EXPECT_EQ(Metric("AutoAttack"), "autoattack");
  EXPECT_EQ(Metric("APGD-CE"), "apgd_ce");
  EXPECT_EQ(Metric("multiply-adds"), "multiply_adds");
  EXPECT_EQ(Metric("pgd_2.5"), "pgd_2.5");
}

TEST(NameResolver, MetricsByTheFieldsNames) {
  for (const char* name : {"flops", "FLOPs", " MACs\n"}) {
    EXPECT_EQ(Metric(name), "multiply_adds") << name;
  }
  EXPECT_EQ(Metric("AA"), "autoattack");
  const auto of = [](absl::string_view name,
                     const std::vector<std::string>& metrics) {
    return Text(ResolveMetric("the table", "cifar10", name, metrics));
  };
  EXPECT_EQ(of("params", {"paths", "parameters"}), "parameters");
  EXPECT_EQ(of("#Params", {"paths", "parameters"}).substr(0, 9), "the table");
  // A metric that is itself named so comes first; one that is not there is
  // asked for as it was typed.
  EXPECT_EQ(of("flops", {"multiply_adds", "flops"}), "flops");
  EXPECT_EQ(of("aa", {"clean"}),
            "the table has no metric \"aa\" of cifar10; it has clean");
}

TEST(NameResolver, PredictorsByTheirShortNames) {
  const auto metric = [](absl::string_view name) {
    return Text(ResolveMetric(
        "the table", "cifar10", name,
        {"clean", "pgd_8", "paths", "proxy_paths", "proxy_naswot_clean",
         "proxy_snip_clean", "proxy_snip_pgd_8", "proxy_croze_fgsm_3",
         "proxy_croze_fgsm_8", "proxy_zen"}));
  };
  for (const char* name :
       {"proxy_snip_pgd_8", "snip_pgd_8", "SNIP-PGD-8", " snip_pgd_8\n"}) {
    EXPECT_EQ(metric(name), "proxy_snip_pgd_8") << name;
  }
  // Clean images need not be said.
  for (const char* name : {"naswot", "NASWOT", "naswot_clean", "proxy_naswot",
                           "proxy_naswot_clean"}) {
    EXPECT_EQ(metric(name), "proxy_naswot_clean") << name;
  }
  EXPECT_EQ(metric("zen"), "proxy_zen");
  EXPECT_EQ(metric("paths"), "paths");  // an exact name comes first
  EXPECT_EQ(metric("croze"),
            "the table has no metric \"croze\" of cifar10; did you mean "
            "croze_fgsm_3 or croze_fgsm_8? It has clean, pgd_8, paths, "
            "proxy_paths, naswot, snip, snip_pgd_8, croze_fgsm_3, "
            "croze_fgsm_8 and zen");
  EXPECT_THAT(metric("snpi_pgd_8"), HasSubstr("did you mean snip_pgd_8?"));
  EXPECT_THAT(metric("naswott"), HasSubstr("did you mean naswot?"));
  EXPECT_THAT(metric("proxy_snpi_pgd_8"),
              HasSubstr("did you mean snip_pgd_8?"));
}

TEST(NameResolver, AnAttackWithoutEpsilonIsAskedForOne) {
  EXPECT_EQ(Metric("pgd"),
            "the table has no metric \"pgd\" of cifar10; did you mean pgd_3, "
            "pgd_8 or pgd_2.5? It has clean, fgsm_3, fgsm_8, pgd_3, pgd_8, "
            "pgd_2.5, apgd_ce, autoattack and multiply_adds");
  EXPECT_THAT(Metric("pdg_8"), HasSubstr("did you mean pgd_8?"));
  EXPECT_THAT(Metric("nothing of the kind"), Not(HasSubstr("did you mean")));
}

}  // namespace
}  // namespace robbench

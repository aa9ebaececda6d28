"""Every external repository: installed libraries, the host, data sets."""

load(":dataset.bzl", "dataset")
load(":host.bzl", "host")
load(":installed_library.bzl", "installed_library")
load(":libtorch.bzl", "libtorch")

_PROTOBUF_RULES = """sh_binary(
    name = "protoc",
    srcs = ["bin/protoc"],
)

proto_lang_toolchain(
    name = "cc_toolchain",
    command_line = "--cpp_out=$(OUT)",
    runtime = ":protobuf",
)
"""

_CIFAR10_FILES = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
]

_CIFAR100_FILES = [
    "train.bin",
    "test.bin",
]

# The 15 of CIFAR-10-C's main set; its four "extra" ones are left out.
_CORRUPTIONS = [
    "brightness",
    "contrast",
    "defocus_blur",
    "elastic_transform",
    "fog",
    "frost",
    "gaussian_noise",
    "glass_blur",
    "impulse_noise",
    "jpeg_compression",
    "motion_blur",
    "pixelate",
    "shot_noise",
    "snow",
    "zoom_blur",
]

def robbench_repositories():
    host(name = "host")
    libtorch(name = "torch")
    installed_library(
        name = "benchmark",
        target = "benchmark",
        package = "libbenchmark-dev",
        headers = ["benchmark"],
        shared = ["benchmark"],
        main = ["benchmark_main"],
        linkopts = ["-pthread"],
        rules = 'alias(name = "main", actual = ":benchmark_main")',
    )
    installed_library(
        name = "cli11",
        target = "cli11",
        package = "libcli11-dev",
        headers = ["CLI"],
    )
    installed_library(
        name = "com_google_absl",
        target = "absl",
        package = "libabsl-dev",
        headers = ["absl"],
        archives = "libabsl_",
        linkopts = ["-pthread", "-ldl"],
    )
    installed_library(
        name = "com_google_protobuf",
        target = "protobuf",
        package = "libprotobuf-dev protobuf-compiler",
        headers = ["google/protobuf"],
        shared = ["protobuf"],
        files = {"bin/protoc": "/usr/bin/protoc"},
        linkopts = ["-pthread"],
        rules = _PROTOBUF_RULES,
    )
    installed_library(
        name = "eigen",
        target = "eigen",
        package = "libeigen3-dev",
        headers = ["eigen3"],
        includes = ["eigen3"],
    )
    installed_library(
        name = "glog",
        target = "glog",
        package = "libgoogle-glog-dev",
        headers = ["glog", "gflags"],
        shared = ["glog", "gflags"],
    )
    installed_library(
        name = "googletest",
        target = "gtest",
        package = "libgmock-dev libgtest-dev",
        headers = ["gmock", "gtest"],
        static = ["gmock", "gtest"],
        main = ["gmock_main"],
        linkopts = ["-pthread"],
        rules = 'alias(name = "gtest_main", actual = ":gmock_main")',
    )
    installed_library(
        name = "nlohmann_json",
        target = "nlohmann_json",
        package = "nlohmann-json3-dev",
        headers = ["nlohmann"],
        wrappers = {Label("//third_party:nlohmann_json.h"): "nlohmann/json.hpp"},
    )
    installed_library(
        name = "openssl",
        target = "crypto",
        package = "libssl-dev",
        headers = ["openssl"],
        shared = ["crypto"],
    )
    installed_library(
        name = "sqlite3",
        target = "sqlite3",
        package = "libsqlite3-dev",
        headers = ["sqlite3.h"],
        shared = ["sqlite3"],
    )
    installed_library(
        name = "zlib",
        target = "zlib",
        package = "zlib1g-dev",
        headers = ["zconf.h", "zlib.h"],
        shared = ["z"],
    )

    dataset(
        name = "cifar10",
        directory = "cifar-10-batches-bin",
        files = _CIFAR10_FILES,
        how = "unpack cifar-10-binary.tar.gz of www.cs.toronto.edu/~kriz " +
              "into a directory and set ROBBENCH_DATA to it",
        url = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        sha256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    )
    dataset(
        name = "cifar100",
        directory = "cifar-100-binary",
        files = _CIFAR100_FILES,
        how = "unpack cifar-100-binary.tar.gz of www.cs.toronto.edu/~kriz " +
              "into a directory and set ROBBENCH_DATA to it",
        url = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
        sha256 = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
    )

    # The first images of the two, in files of the same names.
    dataset(
        name = "cifar10_mini",
        directory = "cifar-10-mini",
        files = _CIFAR10_FILES,
        how = "put the first records of each of CIFAR-10's files into files " +
              "of the same names in a directory cifar-10-mini and set " +
              "ROBBENCH_DATA to the directory above it",
    )
    dataset(
        name = "cifar100_mini",
        directory = "cifar-100-mini",
        files = _CIFAR100_FILES,
        how = "put the first records of each of CIFAR-100's files into files " +
              "of the same names in a directory cifar-100-mini and set " +
              "ROBBENCH_DATA to the directory above it",
    )
    dataset(
        name = "cifar10c",
        directory = "CIFAR-10-C",
        files = ["labels.npy"] + [name + ".npy" for name in _CORRUPTIONS],
        how = "unpack CIFAR-10-C.tar of zenodo.org/record/2535967 into a " +
              "directory and set ROBBENCH_DATA to it",
    )
    dataset(
        name = "fashion_mnist",
        directory = "fashion-mnist",
        files = [
            "train-images-idx3-ubyte.gz|train-images-idx3-ubyte",
            "train-labels-idx1-ubyte.gz|train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte.gz|t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte.gz|t10k-labels-idx1-ubyte",
        ],
        system = ["/usr/share/datasets/fashion-mnist"],
        how = "on Debian: apt-get install dataset-fashion-mnist",
    )
    dataset(
        name = "imagenet16",
        directory = "ImageNet16",
        files = ["train_data_batch_{}".format(i) for i in range(1, 11)] + ["val_data"],
        how = "put ImageNet16's pickles train_data_batch_1 to _10 and " +
              "val_data into a directory ImageNet16 and set ROBBENCH_DATA to " +
              "the directory above it",
    )
    dataset(
        name = "jung2023",
        directory = "nasrobbench201",
        files = ["jung2023_acc.json"],
        how = "from github.com/TT2408/nasrobbench201hp, files/ (CC BY-SA 4.0)",
    )
    dataset(
        name = "nasrobbench201",
        directory = "nasrobbench201",
        files = ["NAS-RobBench-201_html.json"],
        how = "from github.com/TT2408/nasrobbench201hp, files/ (CC BY-SA 4.0)",
    )

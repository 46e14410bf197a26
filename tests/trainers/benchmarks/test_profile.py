import pytest

from trainers.benchmarks.profile import kind_of


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("model/conv2d_1/convolution:_MklNativeConv2D", "convolutions"),
        (
            "gradient_tape/conv2d_transpose/Conv2DBackpropFilter:Conv2DBackpropFilter",
            "convolutions",
        ),
        ("model/dense_2/MatMul:_MklMatMul", "dense layers"),
        ("a/batch_normalization/b:_MklNativeFusedBatchNormV3", "batch normalisation"),
        ("StatefulPartitionedCall/adam_1/ResourceApplyAdam:ResourceApplyAdam", "optimiser"),
        ("StatefulPartitionedCall/adam_1/Sub_22:Sub", "optimiser"),
        ("model/leaky_re_lu/LeakyRelu:LeakyRelu", "activations"),
        ("Mean:Mean", "all else"),
    ],
)
def test_kinds_of_operations(operation, kind):
    assert kind_of(operation) == kind

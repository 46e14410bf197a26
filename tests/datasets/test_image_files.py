import io
import struct
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from tfgan_it.datasets.image_files import MAX_PIXELS, is_image, read_image

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 8, 4), "uint8")
COLOUR, CLEAR = Image.fromarray(PIXELS[..., :3]), Image.fromarray(PIXELS)
GREY = COLOUR.convert("L")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "image"


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (COLOUR, {"format": "PNG"}),
        (COLOUR.quantize(5), {"format": "PNG"}),
        (COLOUR.convert("1"), {"format": "PNG"}),
        (GREY, {"format": "PNG"}),
        (COLOUR, {"format": "WEBP", "lossless": True}),
        (COLOUR, {"format": "BMP"}),
        (COLOUR.convert("1"), {"format": "BMP"}),
        (COLOUR.quantize(16), {"format": "BMP"}),
        (COLOUR.quantize(16), {"format": "GIF"}),
        (COLOUR, {"format": "TIFF"}),
        (COLOUR, {"format": "TIFF", "compression": "tiff_lzw"}),
        (COLOUR, {"format": "PPM"}),
        (GREY, {"format": "PPM"}),
    ],
)
def test_formats_without_loss_give_their_pixels(path, image, options):
    image.save(path, **options)
    pixels, dropped = read_image(path)
    np.testing.assert_array_equal(pixels, np.asarray(image.convert("RGB")))
    assert pixels.dtype == np.uint8 and not dropped and is_image(path)


@pytest.mark.parametrize("format", ["JPEG", "MPO", "WEBP", "AVIF"])
def test_formats_with_loss_give_nearly_their_pixels(path, format):
    Image.new("RGB", (8, 6), (200, 100, 50)).save(path, format=format, quality=95)
    pixels, dropped = read_image(path)
    assert pixels.shape == (6, 8, 3) and not dropped
    assert np.abs(pixels.astype(int) - (200, 100, 50)).max() <= 4


def test_four_inks_are_mixed(path):
    Image.new("CMYK", (8, 6), (255, 0, 0, 0)).save(path, format="JPEG", quality=95)
    pixels, _ = read_image(path)
    assert np.abs(pixels.astype(int) - (0, 255, 255)).max() <= 4


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_images_are_turned_as_viewers_turn_them(path, format, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    COLOUR.save(path, format=format, exif=exif)
    with Image.open(path) as image:
        shown = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(read_image(path).pixels, shown)


def test_a_photograph_on_its_side_stands(path):
    lying = np.zeros((24, 32, 3), "uint8")
    lying[:, :16, 0] = 255  # The left half is red; of the picture it is the upper half.
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.fromarray(lying).save(path, format="PNG", exif=exif)
    pixels = read_image(path).pixels
    assert pixels.shape == (32, 24, 3)
    assert (pixels[:16, :, 0] == 255).all() and not pixels[16:].any()


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_an_orientation_that_does_not_exist_is_none(path, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    COLOUR.save(path, format="PNG", exif=exif)
    np.testing.assert_array_equal(read_image(path).pixels, PIXELS[..., :3])


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_dropped_and_said(path, format):
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    CLEAR.save(path, format=format, **options)
    pixels, dropped = read_image(path)
    np.testing.assert_array_equal(pixels, PIXELS[..., :3])
    assert dropped == ("transparency",)


def test_an_alpha_channel_that_hides_nothing_is_no_transparency(path):
    Image.fromarray(PIXELS | np.array([0, 0, 0, 255], "uint8")).save(path, format="PNG")
    assert not read_image(path).dropped


def test_a_transparent_colour_of_a_palette_keeps_its_colour(path):
    image = COLOUR.quantize(8)
    image.save(path, format="PNG", transparency=3)
    pixels, dropped = read_image(path)
    np.testing.assert_array_equal(pixels, np.asarray(image.convert("RGB")))
    assert dropped == ("transparency",)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_is_read_and_the_others_are_said(path, format):
    frames = [Image.new("RGB", (8, 6), color) for color in ("red", "lime", "blue")]
    options = {"lossless": True} if format == "WEBP" else {}
    frames[0].save(path, format=format, save_all=True, append_images=frames[1:], **options)
    pixels, dropped = read_image(path)
    assert dropped == ("later frames",) and (pixels == (255, 0, 0)).all()


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_pixels_of_16_bits_keep_their_upper_8(path, format):
    values = np.array([[0, 255, 256], [32768, 65280, 65535]], "uint16")
    Image.fromarray(values).save(path, format=format)
    assert read_image(path).pixels[..., 0].tolist() == [[0, 0, 1], [128, 255, 255]]


def test_white_is_zero_in_some_tiffs(path):
    values = np.array([[0, 255, 256], [32768, 65280, 65535]], "uint16")
    Image.fromarray(values).save(path, format="TIFF", tiffinfo={262: 0})
    assert read_image(path).pixels[..., 0].tolist() == [[255, 255, 254], [127, 0, 0]]


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_pixels_without_a_range_are_refused(path, dtype):
    Image.fromarray(PIXELS[..., 0].astype(dtype)).save(path, format="TIFF")
    with pytest.raises(ValueError, match="image is not a readable image: .* no fixed range$"):
        read_image(path)


def claiming(width, height):
    """A PNG of a few bytes whose header claims this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(99))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(8192, 8193), (10_000, 10_000), (2**31 - 1, 2**31 - 1)])
def test_a_size_that_no_memory_holds_is_refused_before_it_is_decoded(path, size):
    assert size[0] * size[1] > MAX_PIXELS
    path.write_bytes(claiming(*size))
    with pytest.raises(ValueError, match="image is not a readable image: .*pixels") as error:
        read_image(path)
    assert "\n" not in str(error.value)


def test_programs_in_files_are_not_run(path):
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n(x) print\n%%EOF\n")
    assert not is_image(path)
    with pytest.raises(ValueError, match="content is not of AVIF, BMP, .*WEBP$"):
        read_image(path)


def test_a_file_that_is_not_there_is_no_damaged_one(path):
    with pytest.raises(FileNotFoundError, match="image"):
        read_image(path)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_is_ignored_as_viewers_do(path):
    buffer = io.BytesIO()
    COLOUR.save(buffer, format="PNG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    path.write_bytes(buffer.getvalue())
    np.testing.assert_array_equal(read_image(path).pixels, PIXELS[..., :3])

#include <string.h>

#include <openjpeg.h>
#include <png.h>

#include "host/proof/codestream.h"
#include "host/proof/photo.h"

/* OpenJPEG reads a stream; it stands where at begins. */
struct source {
	struct buf	all, at;
};

static OPJ_SIZE_T
source_read(void *to, OPJ_SIZE_T len, void *arg)
{
	struct source *s = arg;

	if (s->at.left == 0)
		return ((OPJ_SIZE_T)-1);	/* its end of file */
	if (len > s->at.left)
		len = s->at.left;
	return (buf_read(&s->at, to, len) == ERR_OK ? len : (OPJ_SIZE_T)-1);
}

static OPJ_OFF_T
source_skip(OPJ_OFF_T len, void *arg)
{
	struct source *s = arg;

	return (len >= 0 && buf_skip(&s->at, (size_t)len) == ERR_OK ? len :
	    -1);
}

static OPJ_BOOL
source_seek(OPJ_OFF_T to, void *arg)
{
	struct source *s = arg;
	struct buf at = s->all;

	if (to < 0 || buf_skip(&at, (size_t)to) != ERR_OK)
		return (OPJ_FALSE);
	s->at = at;
	return (OPJ_TRUE);
}

static opj_stream_t *
open_source(struct source *s)
{
	opj_stream_t *stream = opj_stream_create(s->all.left, OPJ_TRUE);

	if (stream == NULL)
		return (NULL);
	opj_stream_set_user_data(stream, s, NULL);
	opj_stream_set_user_data_length(stream, s->all.left);
	opj_stream_set_read_function(stream, source_read);
	opj_stream_set_skip_function(stream, source_skip);
	opj_stream_set_seek_function(stream, source_seek);
	return (stream);
}

/* What it says about a card's bytes goes nowhere: no handler is set. */
static enum err
run_decoder(opj_codec_t *codec, opj_stream_t *stream, opj_image_t **image)
{
	opj_dparameters_t params;

	opj_set_default_decoder_parameters(&params);
	return (opj_setup_decoder(codec, &params) &&
	    opj_decoder_set_strict_mode(codec, OPJ_TRUE) &&
	    opj_read_header(stream, codec, image) &&
	    opj_decode(codec, stream, *image) &&
	    opj_end_decompress(codec, stream) ? ERR_OK : ERR_TLV);
}

static int
is_as_announced(const opj_image_t *image, const struct codestream *c)
{
	if (image->numcomps != c->components)
		return (0);
	for (unsigned i = 0; i < c->components; i++) {
		const opj_image_comp_t *comp = &image->comps[i];

		if (comp->w != c->width || comp->h != c->height ||
		    comp->prec != 8 || comp->sgnd || comp->data == NULL)
			return (0);
	}
	return (1);
}

static enum err
decode(const struct codestream *c, opj_image_t **image)
{
	struct source source = { c->bytes, c->bytes };
	opj_codec_t *codec = opj_create_decompress(OPJ_CODEC_J2K);
	opj_stream_t *stream = open_source(&source);
	enum err r = ERR_NOMEM;

	*image = NULL;
	if (codec != NULL && stream != NULL)
		r = run_decoder(codec, stream, image);
	if (r == ERR_OK && !is_as_announced(*image, c))
		r = ERR_TLV;
	if (r != ERR_OK) {
		opj_image_destroy(*image);
		*image = NULL;
	}
	if (stream != NULL)
		opj_stream_destroy(stream);
	if (codec != NULL)
		opj_destroy_codec(codec);
	return (r);
}

/* Component by component to pixel by pixel. */
static void
interleave(const opj_image_t *image, uint8_t *out)
{
	size_t pixels = (size_t)image->comps[0].w * image->comps[0].h;

	for (size_t i = 0; i < pixels; i++) {
		for (size_t k = 0; k < image->numcomps; k++) {
			int v = image->comps[k].data[i];

			*out++ = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
		}
	}
}

static enum err
encode(const struct codestream *c, const uint8_t *pixels, struct blob *out)
{
	png_image image = { .version = PNG_IMAGE_VERSION, .width = c->width,
	    .height = c->height, .format = c->components == 1 ?
	    PNG_FORMAT_GRAY : PNG_FORMAT_RGB };
	png_alloc_size_t len = PNG_IMAGE_PNG_SIZE_MAX(image);
	uint8_t *at;
	enum err r = ERR_OK;

	if ((at = blob_space(out, len)) == NULL)
		return (ERR_NOMEM);
	if (!png_image_write_to_memory(&image, at, &len, 0, pixels, 0, NULL))
		r = ERR_LIB;
	png_image_free(&image);
	blob_cut(out, r == ERR_OK ? len : 0);
	return (r);
}

enum err
photo_png(struct buf jp2, struct blob *out)
{
	struct blob pixels = { 0 };
	opj_image_t *image = NULL;
	struct codestream c;
	uint8_t *at;
	enum err r;

	blob_reset(out);
	if (jp2.left > PHOTO_MAX)
		return (ERR_TLV);
	if ((r = codestream_read(jp2, &c)) != ERR_OK ||
	    (r = decode(&c, &image)) != ERR_OK)
		goto out;
	if ((at = blob_space(&pixels, (size_t)c.width * c.height *
	    c.components)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	interleave(image, at);
	r = encode(&c, pixels.data, out);
out:
	opj_image_destroy(image);
	blob_free(&pixels);
	return (r);
}

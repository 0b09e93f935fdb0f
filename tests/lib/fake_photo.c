#include <string.h>

#include <openjpeg.h>

#include "tests/lib/fake_photo.h"

#define WIDTH		240
#define HEIGHT		320
#define COMPONENTS	4	/* at most */
#define BITS		8

static struct fake_photo
complete(const struct fake_photo *p)
{
	struct fake_photo c = *p;

	c.width = p->width != 0 ? p->width : WIDTH;
	c.height = p->height != 0 ? p->height : HEIGHT;
	c.components = p->components != 0 ? p->components : 1;
	c.bits = p->bits != 0 ? p->bits : BITS;
	c.layers = p->layers != 0 ? p->layers : 1;
	c.step = p->step != 0 ? p->step : 1;
	return (c);
}

/* 1 inside an ellipse; all in thousandths of the picture. */
static int
inside(int x, int y, int cx, int cy, int rx, int ry)
{
	long dx = (long)(x - cx) * 1000 / rx, dy = (long)(y - cy) * 1000 / ry;

	return (dx * dx + dy * dy <= 1000000);
}

/* Background, shoulders, hair, face, eyes, mouth: each over the last. */
static uint8_t
draw(unsigned seed, int x, int y)
{
	const int wide = 180 + (int)(seed * 7 % 40);
	const int eyes = 400 + (int)(seed * 11 % 50);
	int v = 170 + y / 20;

	if (inside(x, y, 500, 1050, 420, 260))
		v = 60 + (int)(seed * 13 % 60);
	if (inside(x, y, 500, 380, wide + 60, 310))
		v = 20 + (int)(seed * 29 % 90);
	if (inside(x, y, 500, 450, wide, 260))
		v = 205 - x / 25;
	if (inside(x, y, 500 - wide / 2, eyes, 38, 16) ||
	    inside(x, y, 500 + wide / 2, eyes, 38, 16))
		v = 30;
	if (inside(x, y, 500, 590, 70 + (int)(seed * 5 % 30), 14))
		v = 95;
	return ((uint8_t)v);
}

uint8_t
fake_photo_pixel(const struct fake_photo *p, unsigned x, unsigned y,
    unsigned component)
{
	const struct fake_photo c = complete(p);
	unsigned v = draw(c.seed, (int)(x * 1000 / c.width),
	    (int)(y * 1000 / c.height));

	return ((uint8_t)(v - component * (v / 5)));
}

static opj_image_t *
make_image(const struct fake_photo *p)
{
	opj_image_cmptparm_t parms[COMPONENTS];
	opj_image_t *image;

	memset(parms, 0, sizeof(parms));
	for (size_t i = 0; i < p->components; i++)
		parms[i] = (opj_image_cmptparm_t){ .dx = p->step,
		    .dy = p->step, .w = (p->width + p->step - 1) / p->step,
		    .h = (p->height + p->step - 1) / p->step,
		    .prec = p->bits, .sgnd = (unsigned)p->is_signed };
	image = opj_image_create(p->components, parms, p->components == 3 ?
	    OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY);
	if (image == NULL)
		return (NULL);
	image->x1 = p->width;
	image->y1 = p->height;
	return (image);
}

static void
paint(opj_image_t *image, const struct fake_photo *p)
{
	for (unsigned k = 0; k < p->components; k++) {
		opj_image_comp_t *comp = &image->comps[k];

		for (unsigned y = 0; y < comp->h; y++) {
			for (unsigned x = 0; x < comp->w; x++)
				comp->data[y * comp->w + x] =
				    fake_photo_pixel(p, x * p->step,
				    y * p->step, k) >> (p->is_signed ? 1 : 0);
		}
	}
}

static void
set_params(opj_cparameters_t *c, const struct fake_photo *p)
{
	opj_set_default_encoder_parameters(c);
	c->tcp_numlayers = (int)p->layers;
	for (unsigned i = 0; i < p->layers; i++)
		c->tcp_rates[i] = p->ratio == 0 ? 0 :
		    (float)(p->ratio * (p->layers - i));
	c->cp_disto_alloc = 1;
	c->tcp_mct = p->components == 3;
	while (c->numresolution > 1 && (1u << (c->numresolution - 1) >
	    p->width / p->step || 1u << (c->numresolution - 1) >
	    p->height / p->step))
		c->numresolution--;
	if (p->tile != 0) {
		c->tile_size_on = OPJ_TRUE;
		c->cp_tdx = c->cp_tdy = (int)p->tile;
		c->numresolution = 2;
	}
	if (p->block != 0)
		c->cblockw_init = c->cblockh_init = (int)p->block;
	if (p->precinct != 0) {
		c->csty |= 1;	/* precincts are given */
		c->res_spec = 1;
		c->prcw_init[0] = c->prch_init[0] = (int)p->precinct;
		c->numresolution = 2;
	}
}

/* What the encoder writes, and where it stands. */
struct sink {
	struct blob	*out;
	size_t		 at;
};

static OPJ_SIZE_T
sink_write(void *from, OPJ_SIZE_T len, void *arg)
{
	struct sink *s = arg;

	while (s->out->len < s->at + len) {
		if (blob_add_u8(s->out, 0) != ERR_OK)
			return ((OPJ_SIZE_T)-1);
	}
	memcpy(s->out->data + s->at, from, len);
	s->at += len;
	return (len);
}

static OPJ_OFF_T
sink_skip(OPJ_OFF_T len, void *arg)
{
	struct sink *s = arg;

	s->at += (size_t)len;
	return (len);
}

static OPJ_BOOL
sink_seek(OPJ_OFF_T to, void *arg)
{
	struct sink *s = arg;

	s->at = (size_t)to;
	return (OPJ_TRUE);
}

static opj_stream_t *
open_sink(struct sink *s)
{
	opj_stream_t *stream = opj_stream_default_create(OPJ_FALSE);

	if (stream == NULL)
		return (NULL);
	opj_stream_set_user_data(stream, s, NULL);
	opj_stream_set_write_function(stream, sink_write);
	opj_stream_set_skip_function(stream, sink_skip);
	opj_stream_set_seek_function(stream, sink_seek);
	return (stream);
}

static enum err
compress(opj_image_t *image, const struct fake_photo *p, struct blob *out)
{
	struct sink sink = { out, 0 };
	opj_codec_t *codec = opj_create_compress(p->raw ? OPJ_CODEC_J2K :
	    OPJ_CODEC_JP2);
	opj_stream_t *stream = open_sink(&sink);
	opj_cparameters_t params;
	enum err r = ERR_LIB;

	set_params(&params, p);
	if (codec != NULL && stream != NULL &&
	    opj_setup_encoder(codec, &params, image) &&
	    opj_start_compress(codec, image, stream) &&
	    opj_encode(codec, stream) && opj_end_compress(codec, stream))
		r = ERR_OK;
	if (stream != NULL)
		opj_stream_destroy(stream);
	if (codec != NULL)
		opj_destroy_codec(codec);
	return (r);
}

enum err
fake_photo_make(const struct fake_photo *p, struct blob *out)
{
	const struct fake_photo c = complete(p);
	opj_image_t *image;
	enum err r;

	blob_reset(out);
	if (c.components > COMPONENTS || (image = make_image(&c)) == NULL)
		return (ERR_LIB);
	paint(image, &c);
	r = compress(image, &c, out);
	opj_image_destroy(image);
	if (r != ERR_OK)
		blob_reset(out);
	return (r);
}
